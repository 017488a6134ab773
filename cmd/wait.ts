import type {Command} from '../lib/cli/command.js';
import {sayTo} from '../lib/cli/say.js';
import {openCache} from '../lib/operation/open.js';
import {toJson} from '../lib/output/records.js';

export const wait: Command = {
  name: 'wait',
  kind: 'porcelain',
  summary: 'wait until jobs have ended',
  description: [
    'Ends when all of the jobs have ended, with the status of the job if it is one, as crcache run has it; with several it is 0 if all have succeeded, and 1 otherwise. The status is 124 where the time was up before, and 125 where a job is lost.',
    'With --json it prints, when the waiting is over, whether one of them is active, whether all are a success (a job that has not ended is none), and outputs: for each stream, or instance, by each name the job that has it, for crcache output --name.',
    'The jobs run on whatever becomes of this command, and may be waited for again.',
  ],
  operands: [
    {
      name: 'JOB',
      repeats: true,
      completes: 'in-use',
      summary:
        'the jobs, as in pool-0/1; the name of an instance means all of its jobs, and :1-2 those of streams',
    },
  ],
  options: [
    {name: 'timeout', value: 'DURATION', summary: 'wait no longer than this'},
    {name: 'any', summary: 'wait for the first of them only'},
    {name: 'json', summary: 'print what came of all of them together as JSON'},
  ],
  examples: [{line: 'crcache wait build-0/1 --timeout 10m', means: 'a job, for ten minutes'}],
  seeAlso: ['crcache-streams(7)'],
  failureStatus: 125,
  async run(context, args) {
    const {waitForJobs} = await import('../lib/operation/job/end-of-job.js');
    const {resolveJobs} = await import('../lib/operation/job/job.js');
    const {viewJobSet} = await import('../lib/operation/job/job-set.js');
    const cache = openCache(context, sayTo(context));
    return waitForJobs(cache, {
      jobs: args.operands.flatMap((word) => resolveJobs(cache, word)),
      timeoutMs: args.duration('timeout'),
      isAny: args.has('any'),
      onEnd: args.has('json')
        ? (views) => context.stdout.write(toJson(viewJobSet(views)))
        : undefined,
    });
  },
};
