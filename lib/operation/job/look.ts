// How jobs are: each runs, has ended with a status, or is lost.
//
// What lies on this machine is read from its files. The jobs of an instance elsewhere are asked for at once; the end of
// one is kept here when it is first seen, so that nobody asks again.

import {exists, writeWhole} from '../../files.js';
import {inNaturalOrder} from '../../instance.js';
import {startTimeOf} from '../../processes.js';
import type {SourceState} from '../../store/source-state.js';
import type {Cache} from '../cache.js';
import {spreadWords} from '../stream/names.js';
import {findSession} from '../stream/session.js';
import {argvOf, fileOf, jobsOf, liesHere, whoseJobs, type Job} from './job.js';
import {tellStates} from './scripts.js';
import {askThere, placeOf} from './there.js';

export interface JobView {
  readonly job: Job;
  /** The stream that its instance is, for who is inside of streams. */
  readonly stream: string | undefined;
  readonly state: 'running' | 'ended' | 'lost';
  /** The command's status, where the job has ended. */
  readonly status: number | undefined;
  readonly started: string | undefined;
  readonly ended: string | undefined;
  readonly argv: readonly string[];
}

/** How the jobs of these instances are, or those of all. */
export async function lookAtAll(cache: Cache, words: readonly string[]): Promise<JobView[]> {
  const names =
    words.length === 0
      ? cache.store.sourceNames().flatMap((name) => withJobs(cache.store.source(name)))
      : spreadWords(words).flatMap((word) => whoseJobs(cache, word) ?? []);
  const sorted = inNaturalOrder([...new Set(names)], (name) => name);
  const views = await Promise.all(sorted.map((name) => lookAt(cache, jobsOf(cache, name))));
  return views.flat();
}

function withJobs(state: SourceState): string[] {
  return state
    .placesIn('in-use')
    .map(({instance}) => instance)
    .filter((name) => exists(`${state.instancePath(name)}/jobs`));
}

/** How the jobs of one instance are. */
export async function lookAt(cache: Cache, jobs: readonly Job[]): Promise<JobView[]> {
  const unknown = jobs.filter((job) => statusOf(job) === undefined);
  const [first] = unknown;
  const isHere = first === undefined || liesHere(cache, first);
  const states = isHere ? new Map<string, string>() : await askStates(cache, unknown);
  const [{instance} = {instance: ''}] = jobs;
  const stream = findSession(cache)?.streamOf(instance);
  return jobs.map((job) => ({
    ...viewOf(job, isHere ? undefined : (states.get(job.name) ?? 'lost')),
    stream,
  }));
}

function viewOf(job: Job, told: string | undefined): Omit<JobView, 'stream'> {
  const {directory} = job;
  const argv = argvOf(job);
  const started = fileOf(directory, 'started') ?? fileOf(directory, 'asked');
  // Looked at in this order: a job that ends in between is told as ended.
  const isRunning = told === undefined ? leaderOf(directory).length > 0 : told === 'running';
  const status = statusOf(job);
  if (status !== undefined) {
    const ended = fileOf(directory, 'ended');
    // A full disk keeps it empty.
    return {job, state: 'ended', status, started, ended: ended === '' ? undefined : ended, argv};
  }
  const state = isRunning ? 'running' : 'lost';
  return {job, state, status: undefined, started, ended: undefined, argv};
}

/** How the command of a job has ended; undefined where that is not known here, or cannot be read. */
function statusOf({directory}: Job): number | undefined {
  const exit = fileOf(directory, 'exit') ?? '';
  return /^[0-9]{1,3}$/.test(exit) ? Number(exit) : undefined;
}

/** The first process of a job of this machine, while it lives. */
export function leaderOf(directory: string): number[] {
  const [, pid, start] = /^([1-9][0-9]*) ([0-9]+)$/.exec(fileOf(directory, 'pid') ?? '') ?? [];
  return pid !== undefined && startTimeOf(Number(pid)) === start ? [Number(pid)] : [];
}

/** What an instance elsewhere says of its jobs; nothing where it cannot be asked, and then they are lost. */
async function askStates(cache: Cache, jobs: readonly Job[]): Promise<Map<string, string>> {
  const states = new Map<string, string>();
  for (const user of new Set(jobs.map((job) => job.user))) {
    const some = jobs.filter((job) => job.user === user);
    const [first] = some;
    if (first === undefined) continue;
    const {stdout} = await askThere(cache, first, [tellStates, ...some.map(placeOf)]).catch(() => ({
      stdout: '',
    }));
    for (const line of stdout.split('\n')) {
      const [, place, state, status, ended] =
        /^(.+) (running|lost|ended)(?: ([0-9]+) (.*))?$/.exec(line) ?? [];
      const job = some.find((each) => placeOf(each) === place);
      if (job === undefined || state === undefined) continue;
      states.set(job.name, state);
      if (status !== undefined) keepEnd(job, status, ended ?? '');
    }
  }
  return states;
}

/** Keeps how a job elsewhere ended. */
function keepEnd({directory}: Job, status: string, ended: string): void {
  writeWhole(`${directory}/ended`, `${ended}\n`);
  writeWhole(`${directory}/exit`, `${status}\n`);
}
