import type {Command} from '../lib/cli/command.js';
import {sayTo} from '../lib/cli/say.js';
import {openCache} from '../lib/operation/open.js';

export const kill: Command = {
  name: 'kill',
  kind: 'porcelain',
  summary: 'end jobs',
  description: [
    'Sends TERM to all processes of the jobs, also to those that have left their session or changed their environment, KILL to those that are left after a time of grace, and ends when none is left. What the jobs printed stays.',
    'Another signal is sent, and that is all.',
  ],
  operands: [
    {
      name: 'JOB',
      repeats: true,
      completes: 'in-use',
      summary: 'the jobs, as in pool-0/1; the name of an instance means all of its jobs',
    },
  ],
  options: [
    {name: 'signal', value: 'SIGNAL', summary: 'the signal, as kill(1) names it'},
    {name: 'grace', value: 'DURATION', summary: 'the time from TERM to KILL; 10s unless given'},
  ],
  examples: [
    {line: 'crcache kill build-0/1', means: 'a job'},
    {line: 'crcache kill --signal USR1 build-0', means: 'a signal to all jobs of an instance'},
  ],
  seeAlso: ['crcache-streams(7)'],
  async run(context, args) {
    const {killByName, signalName} = await import('../lib/operation/job/kill-job.js');
    const cache = openCache(context, sayTo(context));
    const word = args.value('signal');
    const signal = word === undefined ? undefined : signalName(word);
    const graceMs = args.duration('grace') ?? 10_000;
    await killByName(cache, args.operands, {signal, graceMs});
    return undefined;
  },
};
