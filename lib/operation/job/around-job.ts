// The hooks around a job whose files are elsewhere: nobody of this machine is beside its command. Who starts it runs those
// before it, and whoever first sees that it has ended those after it: a `crcache wait` that is started with the job, as
// a rule, and its instance's release at the latest.
//
// The file `after` in the job's directory says that they are owed, `after@WORKER` that they are being run.

import {listNames, readText, renameIfThere, writeWhole} from '../../files.js';
import {startAgain} from '../again.js';
import {sourceNameOf} from '../../instance.js';
import {asWatcher} from '../../processes.js';
import {formatWorker, parseWorker} from '../../store/worker.js';
import {aroundOf} from '../around.js';
import type {Cache} from '../cache.js';
import {tellFailure} from '../fail-with.js';
import {hooksAfter, hooksBefore, notRun} from '../hooks-around.js';
import {levelsOf, readInstance, type Instance} from '../instance.js';
import {argvOf, type Job} from './job.js';

/** Starts a job by `start`, with the hooks before it; where there are none, with nothing of all this. */
export async function startWithHooks(
  cache: Cache,
  {instance, words}: {instance: Instance; words: readonly string[]},
  start: () => Promise<Job>,
): Promise<Job> {
  if (!aroundOf(cache, instance).hasHooks) return start();
  const {levels, failure} = await hooksBefore(cache, instance, {words});
  try {
    if (failure !== undefined) throw failure;
    const job = await start();
    const wait = ['--state-dir', cache.store.directory, '-q', 'wait', job.name];
    await startAgain(cache, wait, asWatcher(cache.caller.env));
    return job;
  } catch (error) {
    for (const failed of await hooksAfter(cache, levels, {words, status: notRun}))
      tellFailure(cache, failed);
    throw error;
  }
}

/** Notes that a job is owed the hooks after it, before it is started. */
export function oweHooks(cache: Cache, instance: Instance, {directory}: Job): void {
  if (aroundOf(cache, instance).hasHooks) writeWhole(`${directory}/after`, '');
}

/**
 * Sees to it that the hooks after a job that has ended were run, by whomever. The value is how one of them failed;
 * undefined where none did, or none was owed.
 */
export async function finishAround(
  cache: Cache,
  job: Job,
  status: number | undefined,
): Promise<string | undefined> {
  while (listNames(job.directory).some((name) => name.startsWith('after'))) {
    const taken = take(cache, job);
    if (taken !== undefined) await runOwed(cache, job, {taken, status: status ?? notRun});
    else await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return readText(`${job.directory}/failure`)?.trimEnd();
}

/** Takes over what is owed, if nobody is at it; the value is the file that says so. */
function take(cache: Cache, {directory}: Job): string | undefined {
  const {workshop} = cache.around;
  const mine = `${directory}/after@${formatWorker(workshop.newWorker())}`;
  const free = listNames(directory).find((name) => {
    const [after, words] = name.split('@');
    const worker = words === undefined ? undefined : parseWorker(words);
    return after === 'after' && (worker === undefined || workshop.fateOf(worker) === 'dead');
  });
  return free !== undefined && renameIfThere(`${directory}/${free}`, mine) ? mine : undefined;
}

async function runOwed(
  cache: Cache,
  job: Job,
  {taken, status}: {taken: string; status: number},
): Promise<void> {
  const source = cache.source(sourceNameOf(job.instance));
  const levels = levelsOf(cache, readInstance(cache, source, job.instance)).reverse();
  const [failure] = await hooksAfter(cache, levels, {words: argvOf(job), status});
  if (failure !== undefined) writeWhole(`${job.directory}/failure`, `${failure.message}\n`);
  renameIfThere(taken, `${job.directory}/finished`);
}
