// kill: ends a job and all that it started, and sees it gone.

import {constants} from 'node:os';
import {endProcesses, signalAnyone} from '../../end-processes.js';
import {CrcacheError} from '../../errors.js';
import {exists} from '../../files.js';
import {processesWith, withDescendants} from '../../processes.js';
import {clockMs} from '../../time.js';
import type {Cache} from '../cache.js';
import {killJob} from './scripts.js';
import {liesHere, type Job} from './job.js';
import {leaderOf} from './look.js';
import {askThere, placeOf} from './there.js';

export interface KillRequest {
  /** Sent alone; undefined: TERM, a grace, KILL, and seen gone. */
  readonly signal: string | undefined;
  readonly graceMs: number;
}

export async function killOne(
  cache: Cache,
  job: Job,
  {signal, graceMs}: KillRequest,
): Promise<void> {
  if (liesHere(cache, job)) {
    await killHere(job, {signal, graceMs});
    return;
  }
  const isEnd = signal === undefined || signal === 'KILL' || signal === 'TERM';
  const patience = signal === 'KILL' ? 0 : Math.ceil(graceMs / 100);
  const words = [placeOf(job), job.mark, signal ?? 'TERM', isEnd ? String(patience) : ''];
  const {status, stdout, stderr} = await askThere(cache, job, [killJob, ...words]);
  if (status !== 0) throw cannotEnd(job, stdout.trim(), stderr.trim().split('\n').at(-1));
}

/** How long a job that was killed may take to write how it ended. */
const lastWordsMs = 10_000;

/** The same for processes of this machine, without a program that looks for them. */
async function killHere(job: Job, {signal = 'TERM', graceMs}: KillRequest): Promise<void> {
  const family = (): number[] => familyOf(job);
  if (signal !== 'TERM' && signal !== 'KILL') {
    const name = signalOfNode(signal);
    for (const pid of family()) signalAnyone(pid, name);
    return;
  }
  const deadline = clockMs() + (signal === 'KILL' ? -1 : graceMs);
  // A command that has not begun yet is no process yet.
  for (;;) {
    const left = await endProcesses(family, deadline - clockMs());
    if (left.length > 0) throw cannotEnd(job, left.join(', '));
    const leader = leaderOf(job.directory);
    if (leader.length === 0) return;
    if (clockMs() > deadline + lastWordsMs) throw cannotEnd(job, leader.join(', '));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** All that a job has started; not its first process, which writes how the command ended and keeps its outputs. */
function familyOf({directory, mark}: Job): number[] {
  const leader = leaderOf(directory);
  const all = withDescendants([...leader, ...processesWith(`CRCACHE_JOB=${mark}`)]);
  const own = exists(`${directory}/ended`) ? withDescendants(leader) : leader;
  return all.filter((pid) => !own.includes(pid));
}

function signalOfNode(name: string): NodeJS.Signals {
  const signal = Object.keys(constants.signals).find((each) => each === `SIG${name}`);
  if (signal === undefined) throw new CrcacheError('usage', `'${name}' is no signal`);
  return signal as NodeJS.Signals;
}

function cannotEnd({name}: Job, left: string, said = ''): CrcacheError {
  const why = left === '' ? said : `process ${left} does not go`;
  return new CrcacheError('failed', `cannot end '${name}': ${why}`);
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
