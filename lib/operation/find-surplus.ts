// What fsck says of instances beyond the maximum of their source. They are no damage: a maximum may be lowered at any time.

import {inNaturalOrder, parseInstanceName} from '../instance.js';
import {gcMends, type Finding} from '../store/fsck.js';
import type {Place} from '../store/place.js';
import type {Cache, Source} from './cache.js';
import {limitsOf} from './limits.js';
import {mayBePassed, nameAbove, slotOf, surplusOf} from './surplus.js';

/** Instances beyond the maximum of their source: what nobody uses gc discards; the others go when they are free. */
export function findSurplus(cache: Cache, source: Source): Finding[] {
  const {state, problem} = source;
  const {maximum} = limitsOf(cache, source);
  if (problem !== undefined || !mayBePassed(source, maximum)) return [];
  const unused = surplusOf(cache, source);
  const places = inNaturalOrder(state.allPlaces(), ({instance}) => instance);
  return places.flatMap((place): Finding[] => {
    const {instance} = place;
    const isUnused = unused.has(instance);
    if (!isUnused && slotOf(instance) < maximum) return [];
    const mend = isUnused ? gcMends : howToFree(cache, source, place);
    const path = state.instancePath(instance);
    const what = `more than its source may have: its maximum is ${String(maximum)}`;
    return mend === undefined ? [] : [{path, what, mend, isNote: true}];
  });
}

/** What ends one that is not free; undefined while somebody is at work on it. */
function howToFree(cache: Cache, source: Source, {instance, state}: Place): string | undefined {
  if (state === 'broken') return `crcache discard-instance --force ${instance}`;
  return state === 'in-use' ? `crcache release ${topOf(cache, source, instance)}` : undefined;
}

/** The instance that stands on this one, or on what stands on it, and on which nothing stands. */
function topOf(cache: Cache, {state}: Pick<Source, 'state'>, name: string): string {
  const above = nameAbove(state, name);
  const source = above === undefined ? undefined : parseInstanceName(above)?.source;
  if (above === undefined || source === undefined) return name;
  return topOf(cache, {state: cache.store.source(source)}, above);
}
