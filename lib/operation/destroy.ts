// discard-instance: instances that nobody is to have again, by their names.

import {CrcacheError} from '../errors.js';
import {sourceNameOf} from '../instance.js';
import {leaseIfReadable, readLease} from '../store/lease.js';
import type {Place} from '../store/place.js';
import {holderAbove} from './backing.js';
import type {Cache, Source} from './cache.js';
import {discardAt} from './discard.js';
import {cannotDiscard, failWith, tellFailure} from './fail-with.js';
import {inParallel} from './in-parallel.js';
import {resolveInstance, unknownInstance} from './resolve.js';
import {releaseHeld} from './release.js';
import {placeAfterTidy} from './tidy.js';

export interface DestroyRequest {
  readonly names: readonly string[];
  /** Also those that are in use. */
  readonly isForced: boolean;
}

/** The names of a source's instances that may be discarded. */
export function destroyableOf({state}: Source, isForced: boolean): string[] {
  const states = isForced
    ? (['cached', 'broken', 'in-use'] as const)
    : (['cached', 'broken'] as const);
  return states.flatMap((each) => state.placesIn(each)).map(({instance}) => instance);
}

/** Discards instances. All are checked before any is touched. */
export async function destroy(cache: Cache, {names, isForced}: DestroyRequest): Promise<void> {
  const resolved = [...new Set(names.map((word) => resolveInstance(cache, word)))];
  const found: {source: Source; place: Place}[] = [];
  for (const name of resolved) {
    const source = cache.source(sourceNameOf(name));
    const known = source.state.find(name);
    if (known === undefined) throw unknownInstance(cache, name);
    const place = await placeAfterTidy(cache, source, known);
    if (place === undefined) continue; // what was begun with it was to discard it
    checkMayGo(source, place, isForced);
    found.push({source, place});
  }
  const failures: CrcacheError[] = [];
  // A hook of its release does not keep it; what is not written back does.
  const onFailure = (error: CrcacheError): void => {
    if (error.kind === 'hook') tellFailure(cache, error);
    else failures.push(error);
  };
  await inParallel(found, 8, async ({source, place}) => {
    const name = place.instance;
    const why = `discarded by ${cache.caller.user}`;
    try {
      const isDone =
        place.state === 'in-use'
          ? await releaseHeld(cache, {name, why, isForced: true, onFailure})
          : await discardAt(cache, source, {place, why, isForced});
      if (!isDone) cache.say(`'${name}' was taken by somebody else meanwhile`);
    } catch (error) {
      if (!(error instanceof CrcacheError)) throw error;
      failures.push(cannotDiscard(name, error));
    }
  });
  failWith(cache, failures);
}

function checkMayGo({state: records}: Source, {instance, state}: Place, isForced: boolean): void {
  if (state === 'cached' || state === 'broken') return;
  if (state === 'in-use') {
    const path = records.instancePath(instance);
    const lease = isForced ? leaseIfReadable(path) : readLease(path);
    const above = lease === undefined || lease === 'damaged' ? undefined : holderAbove(lease);
    if (above !== undefined) {
      throw new CrcacheError(
        'failed',
        `'${instance}' is held by '${above.name}', which stands on it`,
        `crcache discard-instance --force ${above.name}`,
      );
    }
    if (isForced) return;
    throw new CrcacheError(
      'failed',
      `'${instance}' is in use`,
      `crcache release ${instance}, or take it away with --force`,
    );
  }
  throw new CrcacheError('failed', `'${instance}' is ${state}`, `crcache explain ${instance}`);
}
