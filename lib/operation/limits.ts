// How many instances a source may have, and how many it keeps.

import type {Cache, Source} from './cache.js';
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
 * has at most what they have together; unlimited if one of them is and it sets no maximum of its own.
 */
export function limitsOf(cache: Cache, source: Source): Limits {
  const {type, settings} = source;
  const places = type.places?.(settings, settings.maximum);
  if (places !== undefined) return {minimum: places, maximum: places, places};
  const own = settings.maximum === 0 ? Infinity : settings.maximum;
  const below = cache.sourcesBelow(source).map((each) => limitsOf(cache, each));
  if (below.length === 0) {
    return {minimum: Math.min(settings.reserve, own), maximum: own, places: undefined};
  }
  const maximum = Math.min(own, sum(below.map((limits) => limits.maximum)));
  const minimum = Math.max(settings.reserve, sum(below.map((limits) => limits.minimum)));
  return {minimum: Math.min(minimum, maximum), maximum, places: undefined};
}

/** How many instances that meet these wishes there can ever be at once. */
export function mostWith(cache: Cache, source: Source, wanted: Wishes): number {
  const {maximum} = limitsOf(cache, source);
  if (wanted.length === 0) return maximum;
  if (!canHave(cache, source, wanted)) return 0;
  const below = sourcesBelowWith(cache, source, wanted);
  if (below.length === 0) return maximum;
  const missing = unmetBy(source, wanted);
  return Math.min(maximum, sum(below.map((each) => mostWith(cache, each, missing))));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
