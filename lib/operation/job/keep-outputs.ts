// What happens to the jobs of an instance that is released: those that run are ended, what they left is brought home
// where that is wished for, and nothing of them stays.

import {CrcacheError} from '../../errors.js';
import {makeDirectory, readText, removeFile, removeTree, writeWhole} from '../../files.js';
import {copyTree} from '../../trees.js';
import {inParallel} from '../in-parallel.js';
import type {Cache} from '../cache.js';
import type {Instance} from '../instance.js';
import {finishAround} from './around-job.js';
import {jobsOf, liesHere, type Job} from './job.js';
import {killOne} from './kill-job.js';
import {lookAt} from './look.js';
import {askThere, placeOf} from './there.js';

const graceMs = 1_000;

/** Ends the jobs that run in an instance, and what is around them. */
export async function endJobs(cache: Cache, instance: string): Promise<void> {
  const jobs = jobsOf(cache, instance);
  const running = (await lookAt(cache, jobs)).filter(({state}) => state === 'running');
  await inParallel(running, 4, ({job}) => killOne(cache, job, {signal: undefined, graceMs}));
  for (const {job, status} of await lookAt(cache, jobs)) {
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
export async function keepWished(cache: Cache, {name, facts}: Instance): Promise<void> {
  const file = `${facts.directory}/${wish}`;
  const directory = readText(file)?.trimEnd();
  if (directory === undefined) return;
  try {
    await keepOutputs(cache, name, directory);
  } catch (error) {
    if (!(error instanceof CrcacheError)) throw error;
    cache.say(`outputs of '${name}' are lost: ${error.message}`);
  }
  removeFile(file);
}

/** Copies what the jobs of an instance wrote to DIRECTORY/N. */
export async function keepOutputs(
  cache: Cache,
  instance: string,
  directory: string,
): Promise<void> {
  const jobs = jobsOf(cache, instance);
  await lookAt(cache, jobs); // how those elsewhere ended is known here once they were looked at
  for (const job of jobs) {
    const target = `${directory}/${job.name.slice(instance.length + 1)}`;
    if (liesHere(cache, job)) await copyTree(job.directory, target);
    else await fetch(cache, job, target);
  }
}

async function fetch(cache: Cache, job: Job, target: string): Promise<void> {
  makeDirectory(target);
  for (const name of ['argv', 'env', 'exit', 'ended']) {
    const text = readText(`${job.directory}/${name}`);
    if (text !== undefined) writeWhole(`${target}/${name}`, text);
  }
  for (const name of ['stdout', 'stderr']) {
    const {stdout} = await askThere(cache, job, ['cat -- "$1/$2"', placeOf(job), name]);
    writeWhole(`${target}/${name}`, stdout);
  }
}

/** Removes what is known of an instance's jobs, here and there. */
export async function forgetJobs(cache: Cache, instance: string): Promise<void> {
  const jobs = jobsOf(cache, instance);
  for (const job of jobs.filter(({where}) => where !== undefined)) {
    await askThere(cache, job, ['rm -rf -- "$1"', placeOf(job)]);
  }
  for (const job of jobs) removeTree(job.directory);
}
