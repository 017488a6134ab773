// How an instance is given to a user, once it is taken and checked: it gets its lease, and enters `in-use`.

import {readText, writeWhole} from '../files.js';
import {writeLease, type Lease} from '../store/lease.js';
import type {WorkedPlace} from '../store/place.js';
import type {Source} from './cache.js';

/** Gives a checked instance out; false if somebody else has taken it. */
export function allocateAt(
  {state, type}: Source,
  {place, lease}: {place: WorkedPlace; lease: Lease},
): boolean {
  const {instance} = place;
  const {step} = state.around;
  const directory = state.instancePath(instance);
  // A place is simply there: there is nothing that a lost record could lose.
  const flush = type.places === undefined;
  writeLease(directory, lease, {flush});
  writeWhole(`${directory}/uses`, `${String(usesOf(directory) + 1)}\n`);
  step('allocate:leased');
  const isDone = state.move(place, {instance, state: 'in-use'}, `acquired by ${lease.holder}`);
  if (flush) state.flush('in-use');
  step('allocate:in-use');
  return isDone;
}

/** How often an instance was given out; of rubbish nobody knows more than that it was not. */
export function usesOf(directory: string): number {
  const uses = Number(readText(`${directory}/uses`) ?? '0');
  return Number.isInteger(uses) ? uses : 0;
}
