// How an instance is destroyed, from whatever state it is in. The record goes only when the thing is known to be gone.

import {CrcacheError} from '../errors.js';
import {exists} from '../files.js';
import type {Place, WorkedPlace} from '../store/place.js';
import {wakeFirst} from '../store/queue.js';
import {isVacated, vacateSlot} from '../store/slot.js';
import {releaseBacking} from './backing.js';
import {problemOf, toBroken} from './broken.js';
import type {Cache, Source} from './cache.js';
import {tellFailure} from './fail-with.js';
import {hasHooks, runPhase} from './hooks.js';
import {undoImports} from './import/undo.js';
import {readInstance, type Instance} from './instance.js';
import {wake} from './park.js';

/** Takes an instance to `discarding`, destroys it, and removes its record; false if somebody else has taken it. */
export async function discardAt(
  cache: Cache,
  source: Source,
  {place, why, isForced = false}: {place: Place; why: string; isForced?: boolean},
): Promise<boolean> {
  const {state} = source;
  const worker = 'worker' in place ? place.worker : state.around.workshop.newWorker();
  const taken: WorkedPlace = {instance: place.instance, state: 'discarding', worker};
  const hasFailed =
    place.state === 'broken' && problemOf(state, place.instance)?.during === 'discard';
  if (place.state !== 'discarding' && !state.move(place, taken, why)) return false;
  state.around.step('discard:taken');
  await finishDiscard(cache, source, {place: taken, isForced, isGivenUp: isForced && hasFailed});
  return true;
}

interface Discarding {
  readonly place: WorkedPlace;
  readonly isForced?: boolean;
  readonly isGivenUp?: boolean;
}

/** Destroys an instance that is in `discarding` already. `isGivenUp`: where that fails, its record goes all the same. */
export async function finishDiscard(
  cache: Cache,
  source: Source,
  {place, isForced = false, isGivenUp = false}: Discarding,
): Promise<void> {
  const {state} = source;
  const {step} = state.around;
  if (!isVacated(state, place)) {
    const instance = readInstance(cache, source, place.instance);
    try {
      await instance.type.endAll(instance.facts);
      await undoImports(cache, instance, {isGoing: true});
      await save(cache, instance, isForced);
      step('discard:hooked');
      await instance.type.discard(instance.facts);
    } catch (error) {
      if (!(error instanceof CrcacheError)) throw error;
      if (!isGivenUp) {
        const during = error.kind === 'hook' ? 'discard hook' : 'discard';
        toBroken(state, place, {during, error});
        throw error;
      }
      const told = `only the record of '${place.instance}' goes, and what it is may be there still`;
      tellFailure(cache, {message: `${told}: ${error.message}`, hint: undefined});
    }
    step('discard:destroyed');
    await releaseBacking(cache, instance);
    step('discard:backing-released');
  }
  vacateSlot(state, place);
  state.note({instance: place.instance, from: 'discarding', why: 'discarded'});
  step('discard:done');
  wakeFirst(state);
}

/** Runs the hooks that save what is to outlive the instance. One that fails keeps it, unless it was never whole. */
async function save(cache: Cache, instance: Instance, isForced: boolean): Promise<void> {
  const {directory} = instance.facts;
  if (!exists(`${directory}/run`)) return;
  try {
    if (hasHooks(instance, 'discard')) await wake(cache, instance);
    await runPhase(cache, instance, {phase: 'discard'});
  } catch (error) {
    if (!(error instanceof CrcacheError)) throw error;
    if (!isForced && exists(`${directory}/created`)) throw error;
    tellFailure(cache, error);
  }
}
