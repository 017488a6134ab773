// How many instances a source may have, and how many it keeps.

import type {Cache, Source} from './cache.js';
import {leastThrough, mostThrough, type Vessel} from './flow.js';
import {canHave, unmetBy, sourcesBelowWith, type Wishes} from './wishes.js';

export interface Limits {
  /** It keeps this many rather than discard. */
  readonly minimum: number;
  /** It never has more than this many; Infinity: it has no limit. */
  readonly maximum: number;
  /** The number of places that are simply there, where its instances are not made. */
  readonly places: number | undefined;
}

/**
 * The effective limits. A source of places has just those. One that stands on others keeps at least what they keep, and
 * has at most what they have together, each counted once; unlimited if one of them is and it sets no maximum of its own.
 */
export function limitsOf(cache: Cache, source: Source): Limits {
  const {type, settings} = source;
  const places = type.places?.(settings, settings.maximum);
  if (places !== undefined) return {minimum: places, maximum: places, places};
  const isOnOthers = cache.sourcesBelow(source).length > 0;
  const maximum = isOnOthers ? mostWith(cache, source, []) : ownMaximum(source);
  const minimum = isOnOthers ? leastThrough(keptVesselOf(cache, source)) : settings.reserve;
  return {minimum: Math.min(minimum, maximum), maximum, places: undefined};
}

/** How many instances that meet these wishes there can ever be at once. */
export function mostWith(cache: Cache, source: Source, wanted: Wishes): number {
  return canHave(cache, source, wanted) ? mostThrough(vesselOf(cache, source, wanted)) : 0;
}

function vesselOf(cache: Cache, source: Source, wanted: Wishes): Vessel {
  const {name} = source;
  const missing = unmetBy(source, wanted);
  const below = sourcesBelowWith(cache, source, wanted).map((each) =>
    vesselOf(cache, each, missing),
  );
  return {name, room: ownMaximum(source), below: below.length === 0 ? undefined : below};
}

/** The same with what each source keeps, which is no more than it can ever have. */
function keptVesselOf(cache: Cache, source: Source): Vessel {
  const {name, type, settings} = source;
  const {reserve, maximum} = settings;
  const most = reserve === 0 ? 0 : mostWith(cache, source, []);
  const kept = type.places?.(settings, maximum) ?? Math.min(reserve, most);
  const below = cache.sourcesBelow(source).map((each) => keptVesselOf(cache, each));
  const room = ownMaximum(source);
  return {name, room, kept, below: below.length === 0 ? undefined : below};
}

/** How many instances a source may have, whatever they stand on. */
function ownMaximum({type, settings}: Source): number {
  const {maximum} = settings;
  return type.places?.(settings, maximum) ?? (maximum === 0 ? Infinity : maximum);
}
