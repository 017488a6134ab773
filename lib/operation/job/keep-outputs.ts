// What happens to the jobs of an instance that is released: those that run are ended, what they left is brought home
// where that is wished for, and nothing of them stays.

import {CrcacheError, describeErrno, isFromSystem} from '../../errors.js';
import {makeDirectory, readText, removeFile, renameIfThere, writeWhole} from '../../files.js';
import {newNonce} from '../../store/worker.js';
import {copyTree, removeTree} from '../../trees.js';
import type {Cache} from '../cache.js';
import type {Instance} from '../instance.js';
import {instanceAtHand} from '../usable.js';
import {finishAround} from './around-job.js';
import {jobsOf, liesHere, type Job} from './job.js';
import {killJobs} from './kill-job.js';
import {lookAt, type JobView} from './look.js';
import {askThere, placeOf} from './there.js';

/** How long a job has to end by itself when its instance is released. */
export const usualGraceMs = 1_000;

/** Ends the jobs that run in these instances, all at once, and what is around them. */
export async function endJobs(
  cache: Cache,
  instances: readonly string[],
  graceMs = usualGraceMs,
): Promise<void> {
  const jobs = instances.map((name) => jobsOf(cache, name));
  const lookAtAll = async (): Promise<JobView[]> =>
    (await Promise.all(jobs.map((each) => lookAt(cache, each)))).flat();
  const running = (await lookAtAll()).filter(({state}) => state === 'running');
  if (running.length > 0) {
    const request = {signal: undefined, graceMs};
    await killJobs(
      cache,
      running.map(({job}) => job),
      request,
    );
  }
  for (const {job, status} of await lookAtAll()) {
    const failure = await finishAround(cache, job, status);
    if (failure !== undefined) cache.say(failure);
  }
}

const wish = 'keep-outputs';

/** Has what the jobs of an instance write kept in a directory, whoever releases the instance. */
export function wishOutputs(instanceDirectory: string, directory: string): void {
  writeWhole(`${instanceDirectory}/${wish}`, `${directory}\n`);
}

/** Keeps what jobs wrote where that was wished for. A failure is told, and keeps nothing from ending. */
export async function keepWished(cache: Cache, instance: Instance): Promise<void> {
  const {name, facts} = instance;
  const file = `${facts.directory}/${wish}`;
  const directory = readText(file)?.trimEnd();
  if (directory === undefined) return;
  try {
    await keepOutputs(cache, instance, directory);
  } catch (error) {
    if (!(error instanceof CrcacheError) && !isFromSystem(error)) throw error;
    const why = isFromSystem(error) ? describeErrno(error) : error.message;
    cache.say(`outputs of '${name}' are lost: ${why}`);
  }
  removeFile(file);
}

/** Copies what the jobs of an instance wrote to DIRECTORY/N, where it appears whole. */
export async function keepOutputs(
  cache: Cache,
  instance: Instance,
  directory: string,
): Promise<void> {
  const {name} = instance;
  const jobs = jobsOf(cache, name);
  if (jobs.length > 0) makeDirectory(directory);
  await lookAt(cache, jobs); // how those elsewhere ended is known here once they were looked at
  for (const job of jobs) {
    const target = `${directory}/${job.name.slice(name.length + 1)}`;
    const part = `${target}.part`;
    // By these a job has met others, and it has ended.
    const isHere = liesHere(cache, job);
    const meeting = ['barriers', 'bin'].map((each) => `${placeOf(job)}/${each}`);
    if (isHere) for (const path of meeting) removeTree(path);
    else await askThere(cache, job, ['rm -rf -- "$@"', ...meeting]);
    removeTree(part); // of one who was killed
    try {
      await copyTree(job.directory, part);
      if (!isHere) await fetch(cache, instance, {job, target: part});
    } catch (error) {
      removeTree(part);
      throw error;
    }
    removeTree(target);
    renameIfThere(part, target);
  }
}

/** Brings what a job elsewhere wrote. It is looked at on its way, as all that comes out of instances. */
async function fetch(
  cache: Cache,
  instance: Instance,
  {job, target}: {job: Job; target: string},
): Promise<void> {
  const {transfer} = await import('../copy/transfer.js');
  const {user} = job;
  await transfer(cache, {
    from: {
      kind: 'instance',
      instance: instanceAtHand(instance),
      user,
      paths: [`${placeOf(job)}/.`],
    },
    to: {kind: 'here', path: target, nonce: newNonce(), name: '.', isNew: false},
    ...{preserves: false, follows: false, excludes: [], mayLack: true},
  });
}

/** Removes what is known of an instance's jobs, here and there. */
export async function forgetJobs(cache: Cache, instance: string): Promise<void> {
  const jobs = jobsOf(cache, instance);
  for (const job of jobs.filter(({where}) => where !== undefined)) {
    await askThere(cache, job, ['rm -rf -- "$1"', placeOf(job)]);
  }
  for (const job of jobs) removeTree(job.directory);
}
