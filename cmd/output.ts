import type {Command} from '../lib/cli/command.js';
import {sayTo} from '../lib/cli/say.js';
import {openCache} from '../lib/operation/open.js';

export const output: Command = {
  name: 'output',
  kind: 'porcelain',
  summary: 'print what a job has printed',
  description: [
    'Prints what the job has written to its stdout so far, byte for byte, or with --stderr to its stderr; with -f also what it writes until it ends. With --name it is a file that was kept as an output by crcache run -d --output.',
  ],
  operands: [
    {
      name: 'JOB',
      completes: 'in-use',
      summary: 'the job, as in pool-0/1; the name of an instance means its only job',
    },
  ],
  options: [
    {name: 'follow', short: 'f', summary: 'go on until the job has ended'},
    {name: 'stderr', summary: 'its stderr'},
    {name: 'name', value: 'NAME', summary: 'an output'},
  ],
  examples: [{line: 'crcache output -f build-0/1', means: 'as if it had never been a job'}],
  seeAlso: ['crcache-streams(7)'],
  async run(context, args) {
    const {resolveJob} = await import('../lib/operation/job/job.js');
    const {passOutput, requireOutput} = await import('../lib/operation/job/outputs.js');
    const cache = openCache(context, sayTo(context));
    const [word = ''] = args.operands;
    const job = resolveJob(cache, word);
    const name = args.value('name');
    const file = name !== undefined ? `output/${name}` : args.has('stderr') ? 'stderr' : 'stdout';
    if (name !== undefined) await requireOutput(cache, job, name);
    return passOutput(cache, job, {file, follows: args.has('follow')});
  },
};
