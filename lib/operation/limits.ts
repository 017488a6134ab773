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
 * The effective limits. A source of places has just those, and no more than its maximum. One that stands on others keeps at least what they keep, and
 * has at most what they have together, each counted once; unlimited if one of them is and it sets no maximum of its own.
 */
export function limitsOf(cache: Cache, source: Source): Limits {
  const {settings} = source;
  const places = placesOf(source);
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
  const {name, settings} = source;
  const {reserve} = settings;
  const most = reserve === 0 ? 0 : mostWith(cache, source, []);
  const kept = placesOf(source) ?? Math.min(reserve, most);
  const below = cache.sourcesBelow(source).map((each) => keptVesselOf(cache, each));
  const room = ownMaximum(source);
  return {name, room, kept, below: below.length === 0 ? undefined : below};
}

/** How many instances a source may have, whatever they stand on. */
function ownMaximum(source: Source): number {
  const {maximum} = source.settings;
  return placesOf(source) ?? (maximum === 0 ? Infinity : maximum);
}

/** How many of a source's places it uses; nothing where its instances are made. */
function placesOf({type, settings}: Source): number | undefined {
  const {maximum} = settings;
  const places = type.places?.(settings, maximum);
  return places === undefined || maximum === 0 ? places : Math.min(places, maximum);
}
