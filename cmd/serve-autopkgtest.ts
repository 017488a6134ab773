import type {Command} from '../lib/cli/command.js';
import type {Context} from '../lib/cli/context.js';
import {isBrokenPipe} from '../lib/cli/exit-status.js';
import {sayTo} from '../lib/cli/say.js';
import type {Cache} from '../lib/operation/cache.js';
import {startCollecting} from '../lib/operation/due.js';
import {openCache} from '../lib/operation/open.js';

export const serveAutopkgtest: Command = {
  name: 'serve-autopkgtest',
  kind: 'plumbing',
  summary: 'be a testbed of autopkgtest and sbuild',
  description: [
    "Speaks the protocol of autopkgtest's virtualisation servers on stdin and stdout: an instance of SOURCE is acquired by 'open', and given back by 'close', by 'quit' and by the end of this process in whichever way. The program autopkgtest-virt-crcache, which autopkgtest looks for, is this command; crcache-autopkgtest(7) shows it at work.",
    'Where the limit of the source is reached it waits for its turn.',
    'What it says of the instance: revert and revert-full-system where it has files of its own and can be reset; isolation-container where it has a network of its own as well, isolation-machine where it is a machine; reboot where its type can do that; root-on-testbed where commands in it run as root, and then suggested-normal-user, the first user there whose number is 1000 or more; downtmp-host where it sees the files of this machine.',
  ],
  operands: [
    {
      name: 'SOURCE',
      orOption: 'source',
      completes: 'source',
      summary: 'where the instance comes from',
    },
  ],
  options: [
    {
      name: 'wait',
      value: 'DURATION',
      summary: 'wait for an instance to come free at most so long',
    },
  ],
  examples: [
    {
      line: 'autopkgtest ./hello -- crcache trees',
      means: 'the tests of a package in an instance of trees',
    },
    {line: 'crcache serve-autopkgtest trees', means: 'what that starts'},
  ],
  seeAlso: ['crcache-autopkgtest(7)'],
  async run(context, args) {
    const {Questions, serveTestbed} = await import('../lib/operation/serve-testbed.js');
    const {Testbed} = await import('../lib/operation/testbed.js');
    const say = sayTo(context);
    const open = (lease?: string): Cache => openCache(withLease(context, lease), say);
    const cache = open();
    const source = cache.source(args.value('source') ?? args.operands[0] ?? '');
    const {createInterface} = await import('node:readline');
    const lines = createInterface(context.openStdin());
    const asked = new Questions(lines);
    const testbed = new Testbed(open, {
      source: source.name,
      waitMs: args.duration('wait') ?? Infinity,
      abort: asked.abort,
      onSignal: () => {
        lines.close();
        // What it is at, in the instance, would go on; this ends that, and is waited for once more at the end.
        testbed.close().catch(() => undefined);
      },
    });
    await serveTestbed(testbed, {lines: asked.lines(), answer: answerTo(context), say});
    await startCollecting(cache, source);
    return undefined;
  },
};

/** As who is inside of a lease, and may touch no other's instance. */
function withLease(context: Context, lease: string | undefined): Context {
  return lease === undefined ? context : {...context, env: {...context.env, CRCACHE_LEASE: lease}};
}

/** autopkgtest may no longer listen when it says 'quit'. */
function answerTo({stdout}: Context): (line: string) => Promise<void> {
  return async (line) => {
    try {
      await stdout.write(`${line}\n`);
    } catch (error) {
      if (!isBrokenPipe(error)) throw error;
    }
  };
}
