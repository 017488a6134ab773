// run -d: starts a command that runs on in an instance after its client has gone.

import {askProgram, type Answer} from '../../exec.js';
import {CrcacheError} from '../../errors.js';
import {writeWhole} from '../../files.js';
import {ownIds} from '../../processes.js';
import {removeTree} from '../../trees.js';
import {wrapped} from '../around.js';
import {withBlock} from '../block/block.js';
import type {Cache} from '../cache.js';
import {planRun, settingsOf, userOf, type RunRequest, type RunStart} from '../run.js';
import {usableInstance} from '../usable.js';
import {barrier, inStreams, together} from '../stream/scripts.js';
import {findSession, type JobSet} from '../stream/session.js';
import {oweHooks, startWithHooks} from './around-job.js';
import {makeJob, sharesFiles, titleOf, type Job} from './job.js';
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
  const {outputs, words, line} = request;
  const user = userOf(request);
  checkOutputs(outputs);
  if (words.length === 0 && line === undefined) {
    throw new CrcacheError('usage', 'a job needs a command', 'crcache run -d NAME COMMAND');
  }
  const {instance} = usableInstance(cache, request.instance);
  const argv = line === undefined ? words : ['sh', '-c', line, 'sh', ...words];
  const settings = settingsOf(cache, request);
  const wanted = {...request, instance: instance.name, argv};
  if (sharesFiles(cache, instance)) {
    const {cwd, uid} = await startOf(cache, request);
    // Another user gets at nothing of our state directory, where a job in streams has what it meets the others by.
    if (findSession(cache) === undefined || uid === ownIds().uid) {
      const job = makeJob(cache, {instance, argv, settings, user, outputs, cwd});
      return begin(cache, {...wanted, job}, startHere);
    }
  }
  return startWithHooks(cache, {instance, words: argv}, () => {
    const job = makeJob(cache, {instance, argv, settings, user, outputs});
    oweHooks(cache, instance, job);
    return begin(cache, {...wanted, job}, startFar);
  });
}

interface Beginning extends JobRequest {
  readonly argv: readonly string[];
  readonly job: Job;
}

/** Starts what looks after a job and its command; nothing is left of a job that cannot be started. */
async function begin(
  cache: Cache,
  beginning: Beginning,
  start: (cache: Cache, beginning: Beginning, isInStreams: boolean) => RunStart,
): Promise<Job> {
  const {job, instance, set = null} = beginning;
  const session = findSession(cache);
  const {status, stdout, stderr} = await ask(start(cache, beginning, session !== undefined));
  const where = stdout.trimEnd().split('\n').at(-1) ?? '';
  if (status !== 0 || where === '') {
    removeTree(job.directory);
    throw cannotStart(cache, instance, {status, stderr});
  }
  if (where !== job.directory) writeWhole(`${job.directory}/where`, `${where}\n`);
  const stream = session?.streamOf(instance);
  if (stream !== undefined) session?.noteJob({job: job.name, stream, set});
  return where === job.directory ? job : {...job, where};
}

/** What looks after a job whose files are here runs here, and the command goes the way of all commands. */
function startHere(cache: Cache, beginning: Beginning, isInStreams: boolean): RunStart {
  const {directory} = beginning.job;
  const command = whole(beginning);
  const words = isInStreams ? ['sh', '-c', inStreams, directory, ...command] : command;
  const run = planRun(cache, {...beginning, ...asJob, words});
  const told = starting(beginning, directory, isInStreams);
  return {...run, program: 'sh', words: ['-c', ...told, run.program, ...run.words]};
}

/** Elsewhere all of a job is in its instance. */
function startFar(cache: Cache, beginning: Beginning, isInStreams: boolean): RunStart {
  const {job} = beginning;
  const {instance} = usableInstance(cache, beginning.instance);
  const place = `.cache/crcache-jobs/${job.mark.slice(0, -1).replace('.', '/')}`;
  const command = wrapped(cache, instance, whole(beginning));
  const words = ['sh', '-c', ...starting(beginning, place, isInStreams), ...command];
  return planRun(cache, {...beginning, ...asJob, words, isPlain: true});
}

const asJob = {line: undefined, terminal: 'off', isAtTerminal: false} as const;

/** The script that starts a job, and what it is told before the command. */
function starting({job, outputs}: Beginning, place: string, isInStreams: boolean): string[] {
  const told = [place, job.mark, supervising, isInStreams ? barrier : ''];
  return [startJob, 'crcache-job', ...told, ...outputs, '--'];
}

/** A job's command, which waits for the others of its set. */
function whole({argv, set}: Beginning): readonly string[] {
  return set === undefined
    ? argv
    : ['sh', '-c', together, 'sh', set.name, String(set.count), ...argv];
}

/** Where the command will start, and as whom. What keeps it from that is told before there is a job. */
async function startOf(cache: Cache, request: JobRequest): Promise<{cwd: string; uid: number}> {
  const {instance} = request;
  const {status, stdout, stderr} = await ask(
    planRun(cache, {...request, ...asJob, words: ['sh', '-c', 'id -u; pwd'], isPlain: true}),
  );
  if (status !== 0) throw cannotStart(cache, instance, {status, stderr});
  const [uid = ''] = stdout.split('\n', 1);
  return {cwd: stdout.slice(uid.length + 1), uid: Number(uid)};
}

function ask(start: RunStart): Promise<Answer> {
  return askProgram(start.program, start.words, start);
}

function cannotStart(
  cache: Cache,
  instance: string,
  {status, stderr}: Pick<Answer, 'status' | 'stderr'>,
): CrcacheError {
  const [said = ''] = stderr.trim().split('\n').slice(-1);
  const why = said === '' ? `the instance answered with status ${String(status)}` : said;
  return new CrcacheError(
    'failed',
    `cannot start a job in '${titleOf(cache, {name: instance, instance})}': ${why.replace(/^crcache: /, '')}`,
  );
}

function checkOutputs(outputs: readonly string[]): void {
  const names = outputs.map((output) => {
    const [, name] = /^([A-Za-z0-9][A-Za-z0-9._-]*)=[^\n]+$/.exec(output) ?? [];
    if (name !== undefined) return name;
    throw new CrcacheError('usage', `'${output}' names no output: NAME=PATH does`);
  });
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new CrcacheError('usage', `there are two outputs '${twice}'`);
}
