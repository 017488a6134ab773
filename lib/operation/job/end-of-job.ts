// wait: until jobs have ended, and what came of them.

import {CrcacheError} from '../../errors.js';
import {exists} from '../../files.js';
import {clockMs} from '../../time.js';
import type {Cache} from '../cache.js';
import {notRun} from '../hooks-around.js';
import {finishAround} from './around-job.js';
import {liesHere, titleOf, type Job} from './job.js';
import {lookAt, type JobView} from './look.js';
import {waitForEnd} from './scripts.js';
import {askThere, placeOf} from './there.js';

export interface WaitRequest {
  readonly jobs: readonly Job[];
  /** Ends the waiting after this time; undefined: never. */
  readonly timeoutMs: number | undefined;
  /** Waits for the first to end only. */
  readonly isAny: boolean;
  /** Told of all of them when the waiting is over, whatever came of it. */
  readonly onEnd?: ((views: readonly JobView[]) => Promise<void>) | undefined;
}

const timeoutStatus = 124;

/** Waits for jobs; the value is the status of the one, or 0 where all have succeeded. */
export async function waitForJobs(cache: Cache, request: WaitRequest): Promise<number> {
  const {jobs, timeoutMs = Infinity, isAny} = request;
  const deadline = clockMs() + timeoutMs;
  const waits = jobs.map((job) => waitForOne(cache, job, deadline));
  const views = isAny ? [await Promise.race(waits)] : await Promise.all(waits);
  if (request.onEnd !== undefined) await request.onEnd(await lookAtEach(cache, jobs));
  if (views.some((view) => view === undefined)) {
    cache.say(`not ended: ${await namesOfRunning(cache, jobs)}`);
    return timeoutStatus;
  }
  const ended = views.filter((view) => view !== undefined);
  const statuses = await Promise.all(ended.map((view) => finish(cache, view)));
  const lost = ended
    .filter(({state}) => state === 'lost')
    .map(({job}) => `'${titleOf(cache, job)}'`);
  if (lost.length > 0)
    throw new CrcacheError('failed', `${lost.join(', ')}: lost without a status`);
  const [only = 0] = statuses;
  if (statuses.length === 1) return only;
  return statuses.every((status) => status === 0) ? 0 : 1;
}

/** The status of a job that has ended when the hooks after it were run: 125 where it is one of those that failed. */
async function finish(cache: Cache, {job, status}: JobView): Promise<number> {
  const failure = await finishAround(cache, job, status);
  if (failure !== undefined) cache.say(failure);
  return status === 0 && failure !== undefined ? notRun : (status ?? 1);
}

async function lookAtEach(cache: Cache, jobs: readonly Job[]): Promise<JobView[]> {
  return (await Promise.all(jobs.map((job) => lookAt(cache, [job])))).flat();
}

async function namesOfRunning(cache: Cache, jobs: readonly Job[]): Promise<string> {
  const running = (await lookAtEach(cache, jobs)).filter(({state}) => state === 'running');
  return running.map(({job}) => titleOf(cache, job)).join(', ');
}

/** A job that has ended, or is lost; undefined where it was still running when the time was up. */
async function waitForOne(cache: Cache, job: Job, deadline: number): Promise<JobView | undefined> {
  const isHere = liesHere(cache, job);
  for (let napMs = 5; ; napMs = Math.min(2 * napMs, 100)) {
    // Asking elsewhere takes a process: that one waits there, for as long as the way there holds.
    if (!isHere && deadline === Infinity) await askThere(cache, job, [waitForEnd, placeOf(job)]);
    if (!isHere || exists(`${job.directory}/exit`) || napMs >= 100) {
      const [view] = await lookAt(cache, [job]);
      if (view !== undefined && view.state !== 'running') return view;
    }
    const leftMs = deadline - clockMs();
    if (leftMs <= 0) return undefined;
    await new Promise((resolve) => setTimeout(resolve, Math.min(napMs, leftMs)));
  }
}
