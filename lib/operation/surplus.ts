// What a source has beyond its maximum, which was lowered when there was more: nobody gets that any more, and it goes.

import {listNames} from '../files.js';
import {compareInstanceNames, parseInstanceName} from '../instance.js';
import {leaseIfReadable} from '../store/lease.js';
import type {SourceState} from '../store/source-state.js';
import {holderAbove} from './backing.js';
import type {Cache, Source} from './cache.js';
import {limitsOf} from './limits.js';

/** Tells of an instance whether it is more than its source may have. */
export type IsSurplus = (source: Source, name: string) => boolean;

/** Whether there may be more instances than the maximum: then one of them is in a slot beyond it. */
export function mayBePassed({state}: Source, maximum: number): boolean {
  if (maximum === Infinity) return false;
  return listNames(`${state.directory}/instances`).some((name) => slotOf(name) >= maximum);
}

/** One that is about to be given out, or comes back, is looked at as one that nobody uses. */
export function isSurplus(cache: Cache, source: Source, name: string): boolean {
  return surplusOf(cache, source, name).has(name);
}

/** The same for many instances, with one look at each source. */
export function surplusBySource(cache: Cache): IsSurplus {
  const known = new Map<string, ReadonlySet<string>>();
  return (source, name) => {
    const surplus = known.get(source.name) ?? surplusOf(cache, source);
    known.set(source.name, surplus);
    return surplus.has(name);
  };
}

/** All that nobody uses of what is more than the maximum: the last ones, and those in slots beyond it. */
export function surplusOf(cache: Cache, source: Source, unused?: string): ReadonlySet<string> {
  const {maximum} = limitsOf(cache, source);
  // Where a configuration is wrong, nobody knows how many it may have.
  if (source.problem !== undefined || !mayBePassed(source, maximum)) return new Set();
  const {state} = source;
  const places = state.allPlaces();
  const names = new Set([...places.map(({instance}) => instance), ...state.strayNames(places)]);
  const idle = [...names]
    .filter((name) => name === unused || isIdle(cache, source, name))
    .sort(compareInstanceNames);
  const room = Math.max(0, maximum - (names.size - idle.length));
  return new Set(idle.filter((name, index) => index >= room || slotOf(name) >= maximum));
}

/** The instance that stands on this one, if one does. */
export function nameAbove(state: SourceState, name: string): string | undefined {
  const lease = leaseIfReadable(state.instancePath(name));
  return lease === undefined || lease === 'damaged' ? undefined : holderAbove(lease)?.name;
}

/** Whether an instance is cached, or what stands on it is. */
function isIdle(cache: Cache, {state}: Pick<Source, 'state'>, name: string): boolean {
  const place = state.find(name);
  if (place?.state !== 'in-use') return place?.state === 'cached';
  const above = nameAbove(state, name);
  const parts = above === undefined ? undefined : parseInstanceName(above);
  if (above === undefined || parts === undefined) return false;
  return isIdle(cache, {state: cache.store.source(parts.source)}, above);
}

export function slotOf(name: string): number {
  return parseInstanceName(name)?.slot ?? 0;
}
