// run -d: starts a command that runs on in an instance after its client has gone.

import {askProgram} from '../../exec.js';
import {CrcacheError} from '../../errors.js';
import {removeTree, writeWhole} from '../../files.js';
import {wrapped} from '../around.js';
import {withBlock} from '../block/block.js';
import type {Cache} from '../cache.js';
import {planRun, settingsOf, type RunRequest} from '../run.js';
import {usableInstance} from '../usable.js';
import {barrier, together} from '../stream/scripts.js';
import {findSession, type JobSet} from '../stream/session.js';
import {makeJob, sharesFiles, type Job} from './job.js';
import {startJob, supervising} from './scripts.js';

export interface JobRequest extends Omit<RunRequest, 'files' | 'terminal' | 'isAtTerminal'> {
  /** Each 'NAME=PATH': what is kept as an output when the job ends. */
  readonly outputs: readonly string[];
  /** Those that begin together with it, in other streams. */
  readonly set?: JobSet | undefined;
}

/** Starts a job; it runs when this returns. */
export async function runDetached(cache: Cache, given: JobRequest): Promise<Job> {
  const request = await withBlock(cache, given);
  const {outputs, words, line, user, set} = request;
  for (const output of outputs) checkOutput(output);
  if (words.length === 0 && line === undefined) {
    throw new CrcacheError('usage', 'a job needs a command', 'crcache run -d NAME COMMAND');
  }
  const {instance} = usableInstance(cache, request.instance);
  const argv = line === undefined ? words : ['sh', '-c', line, 'sh', ...words];
  const settings = settingsOf(cache, request);
  const session = findSession(cache);
  const job = makeJob(cache, {instance, argv, settings, user, outputs});
  const place = sharesFiles(cache, instance)
    ? job.directory
    : `.cache/crcache-jobs/${job.mark.slice(0, -1).replace('.', '/')}`;
  const start = planRun(cache, {
    ...request,
    instance: instance.name,
    words: [
      'sh',
      '-c',
      startJob,
      'crcache-job',
      place,
      job.mark,
      supervising,
      session === undefined ? '' : barrier,
      ...outputs,
      '--',
      ...(set === undefined ? [] : ['sh', '-c', together, 'sh', set.name, String(set.count)]),
      ...wrapped(cache, instance, argv),
    ],
    line: undefined,
    terminal: 'off',
    isPlain: true,
    isAtTerminal: false,
  });
  const {status, stdout, stderr} = await askProgram(start.program, start.words, start);
  const where = stdout.trimEnd().split('\n').at(-1) ?? '';
  if (status !== 0 || where === '') {
    removeTree(job.directory);
    const said =
      stderr
        .trim()
        .split('\n')
        .at(-1)
        ?.replace(/^crcache: /, '') ?? '';
    const why = said === '' ? `the instance answered with status ${String(status)}` : said;
    throw new CrcacheError('failed', `cannot start a job in '${instance.name}': ${why}`);
  }
  if (where !== job.directory) writeWhole(`${job.directory}/where`, `${where}\n`);
  const stream = session?.streamOf(instance.name);
  if (stream !== undefined) session?.noteJob({job: job.name, stream, set: set ?? null});
  return where === job.directory ? job : {...job, where};
}

function checkOutput(output: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]*=[^]+$/.test(output) && !output.includes('\n')) return;
  throw new CrcacheError('usage', `'${output}' names no output: NAME=PATH does`);
}
