// kill: ends a job and all that it started, and sees it gone.

import {CrcacheError} from '../../errors.js';
import type {Cache} from '../cache.js';
import type {Job} from './job.js';
import {killJob} from './scripts.js';
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
  const isEnd = signal === undefined || signal === 'KILL' || signal === 'TERM';
  const patience = signal === 'KILL' ? 0 : Math.ceil(graceMs / 100);
  const words = [placeOf(job), job.mark, signal ?? 'TERM', isEnd ? String(patience) : ''];
  const {status, stdout, stderr} = await askThere(cache, job, [killJob, ...words]);
  if (status === 0) return;
  const left = stdout.trim();
  const said =
    left === '' ? (stderr.trim().split('\n').at(-1) ?? '') : `process ${left} does not go`;
  throw new CrcacheError('failed', `cannot end '${job.name}': ${said}`);
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
