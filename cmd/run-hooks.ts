import type {Command} from '../lib/cli/command.js';
import {sayTo} from '../lib/cli/say.js';
import {listHooks, phases, runHooksOf, type Phase} from '../lib/operation/hooks-by-hand.js';
import {openCache} from '../lib/operation/open.js';

export const runHooks: Command = {
  name: 'run-hooks',
  kind: 'plumbing',
  summary: "run an instance's hooks by hand",
  description: [
    'Runs the hooks of one phase for an instance, in the order in which they are run by themselves: those of what it stands on first where it is made and given out, and last where it comes back and is discarded. They are those of the configuration that the instance was made with. The instance stays in the state that it is in, also when a hook fails, which ends with status 13.',
    'With --dry-run, prints what would be run, a path a line, and on stderr what would not be, and why. With --verbose, tells how long each took.',
  ],
  operands: [
    {name: 'PHASE', choices: phases, summary: 'whose hooks are run'},
    {name: 'INSTANCE', completes: 'instance', summary: 'the instance'},
  ],
  options: [{name: 'dry-run', short: 'n', summary: 'print what would be run'}],
  examples: [
    {
      line: 'crcache run-hooks --dry-run allocate build-0',
      means: 'what would be run, and what not',
    },
  ],
  seeAlso: ['crcache-hooks(5)'],
  async run(context, args) {
    const say = sayTo(context);
    const cache = openCache(context, say);
    const [phase = '', word = ''] = args.operands;
    if (args.has('dry-run')) {
      const hooks = listHooks(cache, word, phase as Phase).flatMap((level) => level.hooks);
      for (const {path, problem} of hooks) {
        if (problem?.isSkipped !== true) await context.stdout.write(`${path}\n`);
        if (problem !== undefined) say(`'${path}' ${problem.what}\nhint: ${problem.hint}`);
      }
      return undefined;
    }
    await runHooksOf(cache, {word, phase: phase as Phase}, ({instance, hook, ms}) => {
      if (context.isVerbose) say(`${instance}: ${hook}: ${(ms / 1000).toFixed(2)} s`);
    });
    return undefined;
  },
};
