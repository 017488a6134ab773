// Two records of one instance: who moved one of them would take it from whoever has it by the other.

import {CrcacheError} from '../errors.js';
import {entryOf} from '../files.js';
import {restingStates} from '../instance.js';
import {linkOf, type Place} from './place.js';
import type {SourceState} from './source-state.js';

/** Fails where an instance has another of these places as well: those where it may rest, unless given. */
export function checkRecordedOnce(
  {directory}: Pick<SourceState, 'directory'>,
  place: Place,
  places: readonly Place[] = restingPlaces(place),
): void {
  for (const other of places) {
    if (other.instance !== place.instance || linkOf(other) === linkOf(place)) continue;
    if (areBothThere(directory, place, other)) throw recordedTwice(directory, place, other);
  }
}

function restingPlaces({instance}: Place): Place[] {
  return restingStates.map((state) => ({instance, state}));
}

/** One symlink that moves meanwhile may be seen in both places: two of them are two files. */
function areBothThere(directory: string, one: Place, other: Place): boolean {
  const inodeIn = (place: Place): bigint | undefined =>
    entryOf(`${directory}/${linkOf(place)}`)?.ino;
  const before = inodeIn(other);
  if (before === undefined) return false;
  const own = inodeIn(one);
  return own !== undefined && own !== before && inodeIn(other) === before;
}

export function recordedTwice(directory: string, one: Place, other: Place): CrcacheError {
  return new CrcacheError(
    'damaged',
    `instance '${one.instance}' is recorded twice: '${linkOf(one)}' and '${linkOf(other)}' in '${directory}'`,
    'crcache fsck',
  );
}
