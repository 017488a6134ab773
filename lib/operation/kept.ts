// What a source has of what it keeps. All that there is counts towards its maximum; towards its reserve counts what is of
// use, or will be.

import {states, type State} from '../instance.js';
import type {Place} from '../store/place.js';
import type {SourceState} from '../store/source-state.js';

/** What is broken, or on its way out, is nothing that a source keeps. */
const keptStates: readonly State[] = states.filter(
  (state) => state !== 'broken' && state !== 'discarding',
);

/** Whether an instance counts towards the reserve where it is. */
export function isKept({state}: Place): boolean {
  return keptStates.includes(state);
}

/** How many instances count towards the reserve: one that moved during the listing may have been seen twice. */
export function countKept(state: SourceState): number {
  const places = keptStates.flatMap((each) => state.placesIn(each));
  return new Set(places.map(({instance}) => instance)).size;
}

/** How many it is at most, quickly: to count names takes a fraction of what it takes to read them. */
export function keptAtMost(state: SourceState, inUse = state.count('in-use')): number {
  return inUse + state.count(...keptStates.filter((each) => each !== 'in-use'));
}
