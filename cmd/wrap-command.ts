import {FailureBesideCommand} from '../lib/cli/exit-status.js';
import type {Command} from '../lib/cli/command.js';
import {sayTo} from '../lib/cli/say.js';
import {openCache} from '../lib/operation/open.js';
import {wrapCommand as wrap} from '../lib/operation/wrap-command.js';

export const wrapCommand: Command = {
  name: 'wrap-command',
  kind: 'plumbing',
  summary: 'run a command in an instance with the hooks around it',
  description: [
    "Runs the hooks of pre-run.d, COMMAND in the instance NAME, and the hooks of post-run.d. The instance's run script calls it where there are such hooks, so there is no need to: crcache run does the same.",
    "The status is COMMAND's own, and 125 where a hook failed and COMMAND did not. Where a hook of pre-run.d fails COMMAND is not run, and those of post-run.d are told status 125.",
  ],
  operands: [
    {name: 'NAME', completes: 'instance', summary: 'the instance'},
    {name: 'COMMAND', verbatim: true, summary: 'what to run, and its arguments'},
  ],
  options: [],
  examples: [{line: 'crcache wrap-command build-0 -- make check', means: 'as crcache run does it'}],
  seeAlso: ['crcache-run(1)', 'crcache-hooks(5)'],
  failureStatus: 125,
  async run(context, args) {
    const {env, umask} = context;
    const [instance = '', ...words] = args.operands;
    try {
      const supervision = {umask, graceMs: 0, isWithoutTerminal: false};
      return await wrap(openCache(context, sayTo(context)), {instance, words}, supervision);
    } catch (error) {
      throw new FailureBesideCommand(error, Number(env['CRCACHE_RUN_FAILED'] ?? '125'));
    }
  },
};
