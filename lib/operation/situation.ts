// How a source stands, read from its directories without a lock.

import {isSomeoneAhead, type Ticket} from '../store/queue.js';
import type {Place} from '../store/place.js';
import {isAtBottom, type Cache, type Source} from './cache.js';
import {limitsOf} from './limits.js';
import type {Situation} from './plan.js';

/**
 * The situation of a request for `count` instances. Where what is cached suffices, only that and the queue are read.
 * `tickets` are the request's own, by source: who has one is not overtaken by those behind it.
 */
export function situationOf(
  cache: Cache,
  source: Source,
  {count, tickets}: {count: number; tickets: ReadonlyMap<string, Ticket>},
): Situation {
  const {state} = source;
  const cached = state.placesIn('cached').map(({instance}) => instance);
  const isEnough = cached.length >= count;
  const {maximum} = limitsOf(cache, source);
  return {
    count,
    cached,
    existing: isEnough ? cached.length : countInstances(state.allPlaces()),
    maximum,
    backable: isEnough ? Infinity : backable(cache, source, tickets),
    isSomeoneAhead: isSomeoneAhead(state, tickets.get(source.name)),
    isDrained: state.isDrained,
  };
}

/** How many instances could be had now: what is cached, and what may still be made. */
export function available(
  cache: Cache,
  source: Source,
  tickets: ReadonlyMap<string, Ticket> = new Map(),
): number {
  const {state} = source;
  if (state.isDrained || isSomeoneAhead(state, tickets.get(source.name))) return 0;
  const cached = state.placesIn('cached').length;
  const room = limitsOf(cache, source).maximum - countInstances(state.allPlaces());
  return cached + Math.min(Math.max(room, 0), backable(cache, source, tickets));
}

function backable(cache: Cache, source: Source, tickets: ReadonlyMap<string, Ticket>): number {
  if (isAtBottom(source)) return Infinity;
  return cache
    .sourcesBelow(source)
    .reduce((total, below) => total + available(cache, below, tickets), 0);
}

/** How many instances there are: one that moved during the listing may have been seen twice. */
export function countInstances(places: readonly Place[]): number {
  return new Set(places.map(({instance}) => instance)).size;
}
