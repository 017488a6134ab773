// How many instances a source may have, and how many it keeps.

import type {Cache, Source} from './cache.js';
import {mostThrough, type Vessel} from './flow.js';
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
  const below = cache.sourcesBelow(source);
  const maximum = below.length === 0 ? ownMaximum(source) : mostWith(cache, source, []);
  const minimum = Math.max(
    settings.reserve,
    sum(below.map((each) => limitsOf(cache, each).minimum)),
  );
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

/** How many instances a source may have, whatever they stand on. */
function ownMaximum({type, settings}: Source): number {
  const {maximum} = settings;
  return type.places?.(settings, maximum) ?? (maximum === 0 ? Infinity : maximum);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
