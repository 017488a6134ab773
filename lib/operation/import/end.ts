// The ends of copies while an instance is brought from one state to another: their programs are part of that.

import {decodeBytes} from '../../bytes.js';
import {CrcacheError} from '../../errors.js';
import {safe} from '../../output/safe.js';
import {newNonce} from '../../store/worker.js';
import type {Cache} from '../cache.js';
import type {End} from '../copy/ends.js';
import type {Instance} from '../instance.js';
import {instanceAtHand, type Usable} from '../usable.js';

export interface InstanceEnd extends End {
  readonly kind: 'instance';
  readonly instance: Usable;
  readonly workers: string;
}

export function endIn(instance: Instance): InstanceEnd {
  return {kind: 'instance', instance: instanceAtHand(instance), workers: workersOf(instance)};
}

export interface HereEnd extends End {
  readonly kind: 'here';
  readonly workers: string;
}

/** This machine, on behalf of an instance. */
export function endHere(instance: Instance): HereEnd {
  return {kind: 'here', workers: workersOf(instance)};
}

const workersOf = ({facts}: Instance): string => `${facts.directory}/workers/${newNonce()}`;

/** Runs a sh there, which must succeed; the value is what it prints. */
export async function doAt(cache: Cache, end: End, words: readonly string[]): Promise<string> {
  const {askSh} = await import('../copy/ends.js');
  const {status, stdout, stderr} = await askSh(cache, end, {words});
  if (status === 0) return decodeBytes(stdout);
  const line = stderr
    .split('\n')
    .filter((each) => each !== '')
    .at(-1);
  throw new CrcacheError('failed', safe(line ?? `sh ended with status ${String(status)}`));
}
