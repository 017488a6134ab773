import {dirname, join, resolve} from 'node:path';
import type {Command} from '../lib/cli/command.js';
import {anyInstancesInUse} from '../lib/cli/operands.js';
import {sayTo} from '../lib/cli/say.js';
import {heldByCaller} from '../lib/operation/give-back.js';
import {openCache} from '../lib/operation/open.js';
import {resolveInstance} from '../lib/operation/resolve.js';

export const sshConfig: Command = {
  name: 'ssh-config',
  kind: 'plumbing',
  summary: 'print a configuration by which ssh reaches instances in use',
  description: [
    'Prints a block Host for each instance, as ssh_config(5) has it: of those named, or of all that you hold. Instances of type ssh are reached as crcache reaches them. For the others ssh starts an sshd in the instance, for this connection alone, by crcache run; it lets in who has the private key of --key.',
    'Where there is no sshd in an instance that is told on stderr, and a comment stands for its block. For programs that only want something in the place of ssh, crcache rsh does without all this.',
  ],
  operands: [anyInstancesInUse],
  options: [
    {
      name: 'key',
      value: 'FILE',
      completes: 'file',
      summary: 'a private key, with the public one in FILE.pub; ~/.ssh/id_ed25519 unless given',
    },
  ],
  examples: [
    {
      line: 'crcache ssh-config build-0 >config && ssh -F config build-0',
      means: 'a login by ssh',
    },
  ],
  seeAlso: ['crcache-rsh(1)', 'crcache-ssh(7)'],
  async run(context, args) {
    const {sshBlock} = await import('../lib/operation/ssh-config.js');
    const say = sayTo(context);
    const cache = openCache(context, say);
    const whose = {source: args.value('source'), lease: cache.caller.lease};
    const held = args.operands.length === 0 ? heldByCaller(cache, whose) : [];
    const names = [...args.operands.map((word) => resolveInstance(cache, word)), ...held];
    const key = resolve(context.cwd, args.value('key') ?? `${context.home ?? ''}/.ssh/id_ed25519`);
    const login = {
      key,
      launcher: join(dirname(context.program.at(-1) ?? ''), '../cmd/crcache'),
    };
    for (const name of names) {
      const block = await sshBlock(cache, name, login);
      if (block === undefined) say(`there is no sshd in '${name}'`);
      await context.stdout.write(block ?? `# there is no sshd in ${name}\n`);
    }
    return undefined;
  },
};
