// reset-instance: instances are brought back to their checkpoint, wherever they are.

import {CrcacheError} from '../errors.js';
import {removeFile} from '../files.js';
import {readLease} from '../store/lease.js';
import type {Place, WorkedPlace} from '../store/place.js';
import {wakeFirst} from '../store/queue.js';
import {toBroken} from './broken.js';
import type {Cache, Source} from './cache.js';
import {levelsOf, readInstance} from './instance.js';
import {park, wake} from './park.js';
import {bringToRest, resetHeld} from './reset-held.js';
import {findInstance, unknownInstance} from './resolve.js';
import {placeAfterTidy} from './tidy.js';
import {checkLease} from './usable.js';

/** Resets instances, one after the other. */
export async function resetByName(cache: Cache, names: readonly string[]): Promise<void> {
  const found: Found[] = [];
  for (const word of names) {
    const {source, place: known} = findInstance(cache, word);
    const place = await placeAfterTidy(cache, source, known);
    if (place === undefined) throw unknownInstance(cache, word);
    found.push({source, place, lease: leaseOf(source, place)});
  }
  for (const {source, place} of found) checkMayBeReset(cache, source, place);
  for (const each of found) await resetAt(cache, each);
}

interface Found {
  readonly source: Source;
  readonly place: Place;
  readonly lease: string | undefined;
}

function leaseOf({state}: Source, {instance}: Place): string | undefined {
  return readLease(state.instancePath(instance))?.id;
}

async function resetAt(cache: Cache, {source, place, lease}: Found): Promise<void> {
  const {state} = source;
  const {instance} = place;
  const worker = state.around.workshop.newWorker();
  const taken: WorkedPlace = {instance, state: 'releasing', worker};
  if (!state.move(place, taken, 'reset')) throw unknownInstance(cache, instance);
  // Names are used again: only now is it certain whose it is.
  if (leaseOf(source, place) !== lease) {
    state.move(taken, place, 'it is held by another lease');
    const message = `'${instance}' is held by another lease than when it was to be reset`;
    throw new CrcacheError('failed', message, `crcache explain ${instance}`);
  }
  state.around.step('reset:taken');
  try {
    if (place.state === 'in-use') await resetHeld(cache, source, taken);
    else await resetFree(cache, source, taken);
  } catch (error) {
    if (!(error instanceof CrcacheError)) throw error;
    const {kind, message, hint = `crcache explain ${instance}`} = error;
    throw new CrcacheError(kind, `cannot reset '${instance}': ${message}`, hint);
  }
  state.around.step('reset:done');
}

async function resetFree(cache: Cache, source: Source, taken: WorkedPlace): Promise<void> {
  const {state} = source;
  const {instance} = taken;
  try {
    const facts = readInstance(cache, source, instance);
    await wake(cache, facts);
    await bringToRest(cache, facts);
    await park(cache, facts);
  } catch (error) {
    if (error instanceof CrcacheError) toBroken(state, taken, {during: 'release', error});
    throw error;
  }
  removeFile(`${state.instancePath(instance)}/problem`);
  removeFile(`${state.instancePath(instance)}/lease`);
  state.move(taken, {instance, state: 'cached'}, 'reset');
  wakeFirst(state);
}

function checkMayBeReset(cache: Cache, source: Source, {instance, state}: Place): void {
  if (state !== 'cached' && state !== 'broken' && state !== 'in-use') {
    throw new CrcacheError('failed', `'${instance}' is ${state}`, `crcache explain ${instance}`);
  }
  if (state === 'in-use') checkLease(cache, instance);
  const levels = levelsOf(cache, readInstance(cache, source, instance));
  const canReset = levels.some(({type, facts}) => type.capabilities(facts.settings).reset);
  if (canReset || state === 'broken') return;
  throw new CrcacheError(
    'failed',
    `'${instance}' cannot be reset: type '${source.type.name}' cannot do that`,
    `crcache release -f ${instance}`,
  );
}
