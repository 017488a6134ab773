// kill: ends jobs and all that they started, and sees it gone.

import {constants} from 'node:os';
import {awaitEnd, endProcesses, signalAnyone} from '../../end-processes.js';
import {CrcacheError} from '../../errors.js';
import {exists} from '../../files.js';
import {processesWith, withDescendants} from '../../processes.js';
import {clockMs} from '../../time.js';
import type {Cache} from '../cache.js';
import {inParallel} from '../in-parallel.js';
import {checkLease} from '../usable.js';
import {killJob} from './scripts.js';
import {liesHere, resolveJobs, titleOf, type Job} from './job.js';
import {leaderOf} from './look.js';
import {askThere, placeOf} from './there.js';

export interface KillRequest {
  /** Sent alone; undefined: TERM, a grace, KILL, and seen gone. */
  readonly signal: string | undefined;
  readonly graceMs: number;
}

/** Ends the jobs that a user names, which are all the caller's own before any is touched. */
export async function killByName(
  cache: Cache,
  words: readonly string[],
  request: KillRequest,
): Promise<void> {
  const jobs = words.flatMap((word) => resolveJobs(cache, word));
  for (const {instance} of jobs) checkLease(cache, instance);
  await killJobs(cache, jobs, request);
}

/** Ends jobs; all have one grace together. All is done that can be before the first failure is thrown. */
export async function killJobs(
  cache: Cache,
  jobs: readonly Job[],
  request: KillRequest,
): Promise<void> {
  const here = jobs.filter((job) => liesHere(cache, job));
  const kills = [
    ...(here.length > 0 ? [() => killHere(cache, here, request)] : []),
    ...jobs.filter((job) => !here.includes(job)).map((job) => () => killThere(cache, job, request)),
  ];
  await inParallel(kills, 8, (kill) => kill());
}

async function killThere(
  cache: Cache,
  job: Job,
  {signal = 'TERM', graceMs}: KillRequest,
): Promise<void> {
  const isEnd = signal === 'KILL' || signal === 'TERM';
  const patience = signal === 'KILL' ? 0 : Math.ceil(graceMs / 100);
  const words = [placeOf(job), job.mark, signal, isEnd ? String(patience) : ''];
  const {status, stdout, stderr} = await askThere(cache, job, [killJob, ...words]);
  if (status !== 0)
    throw cannotEnd(cache, [job], {left: stdout.trim(), said: stderr.trim().split('\n').at(-1)});
}

/** How long a job that was killed may take to write how it ended. */
const lastWordsMs = 10_000;

/** The same for processes of this machine: one look at all of them serves all jobs, and takes no program. */
async function killHere(
  cache: Cache,
  jobs: readonly Job[],
  {signal = 'TERM', graceMs}: KillRequest,
): Promise<void> {
  const family = (): number[] => familyOf(jobs);
  if (signal !== 'TERM' && signal !== 'KILL') {
    const name = signalOfNode(signal);
    for (const pid of family()) signalAnyone(pid, name);
    return;
  }
  const leaders = (): number[] => jobs.flatMap(({directory}) => leaderOf(directory));
  const deadline = clockMs() + (signal === 'KILL' ? -1 : graceMs);
  // A command that has not begun yet is no process yet.
  for (;;) {
    const left = await endProcesses(family, deadline - clockMs());
    if (left.length > 0) {
      const theirs = jobs.filter((job) => familyOf([job]).some((pid) => left.includes(pid)));
      throw cannotEnd(cache, theirs, {left: left.join(', ')});
    }
    const writing = await awaitEnd(leaders, lookAgainMs);
    if (writing.length === 0) return;
    if (clockMs() > deadline + lastWordsMs)
      throw cannotEnd(cache, jobs, {left: writing.join(', ')});
  }
}

/** Looking at all processes takes long, and keeps those that are to end from doing so. */
const lookAgainMs = 100;

/** All that jobs have started; not their first processes, which write how a command ended and keep its outputs. */
function familyOf(jobs: readonly Job[]): number[] {
  const leaders = jobs.flatMap(({directory}) => leaderOf(directory));
  const marked = processesWith(...jobs.map(({mark}) => `CRCACHE_JOB=${mark}`));
  const family = withDescendants([...leaders, ...marked]);
  // Looked at last: what one that writes has started since is not in the family, and what was there before is its own.
  const ended = jobs.filter(({directory}) => exists(`${directory}/ended`));
  const own = [...leaders, ...withDescendants(ended.flatMap(({directory}) => leaderOf(directory)))];
  return family.filter((pid) => !own.includes(pid));
}

function signalOfNode(name: string): NodeJS.Signals {
  const signal = Object.keys(constants.signals).find((each) => each === `SIG${name}`);
  if (signal === undefined) throw new CrcacheError('usage', `'${name}' is no signal`);
  return signal as NodeJS.Signals;
}

function cannotEnd(
  cache: Cache,
  jobs: readonly Job[],
  {left, said = ''}: {left: string; said?: string | undefined},
): CrcacheError {
  const why = left === '' ? said : `process ${left} does not go`;
  const names = jobs.map((job) => `'${titleOf(cache, job)}'`).join(', ');
  return new CrcacheError('failed', `cannot end ${names}: ${why}`);
}

/** The name of a signal as kill(1) has it, whatever case and prefix it is written with. */
export function signalName(word: string): string {
  const name = word.toUpperCase().replace(/^SIG/, '');
  if (/^[A-Z][A-Z0-9]*$/.test(name)) return name;
  throw new CrcacheError(
    'usage',
    `'${word}' is no signal`,
    'TERM, INT, HUP, USR1 and the like are',
  );
}
