import type {Command} from '../lib/cli/command.js';

export const barrier: Command = {
  name: 'barrier',
  kind: 'porcelain',
  summary: 'wait until several parts of a test have come to the same point',
  description: [
    'Ends when COUNT have called it with this NAME, in jobs of streams or in the command of crcache with --streams. When one of them dies while it waits, counts differ, or the time is up, it fails for all of them, and for who comes later; and so it does where of jobs that were started together too few are left.',
    'In a job of a stream it is called without crcache before it, since instances have no crcache: barrier NAME COUNT. Its status is 1 where the barrier is broken, and 124 where the time was up.',
  ],
  operands: [
    {name: 'NAME', summary: 'the barrier: any word of letters, digits and . _ -'},
    {name: 'COUNT', summary: 'how many are to come'},
  ],
  options: [{name: 'timeout', value: 'DURATION', summary: 'wait no longer; 10m unless given'}],
  examples: [{line: 'crcache barrier ready 3', means: 'wait for two others'}],
  seeAlso: ['crcache-streams(7)'],
  async run(context, args) {
    const {meet} = await import('../lib/operation/stream/meet.js');
    const {env, cwd} = context;
    const [name = '', count = ''] = args.operands;
    const timeout = args.value('timeout');
    const options = timeout === undefined ? [] : ['--timeout', timeout];
    return meet([name, count, ...options], {env, cwd});
  },
};
