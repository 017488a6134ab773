// How a source stands, read from its directories without a lock.

import {isSomeoneAhead, type Ticket} from '../store/queue.js';
import type {Place} from '../store/place.js';
import {isAtBottom, type Cache, type Source} from './cache.js';
import {hasLabels, missingLabels, sourcesBelowWith, type Labels} from './labels.js';
import {limitsOf, mostWith} from './limits.js';
import type {Situation} from './plan.js';

/** What a situation depends on beside the source. */
interface Wanted {
  readonly count: number;
  readonly labels: Labels;
  /** The request's own, by source: who has one is not overtaken by those behind it. */
  readonly tickets: ReadonlyMap<string, Ticket>;
}

/** The situation of a request. Where what is cached suffices, only that and the queue are read. */
export function situationOf(
  cache: Cache,
  source: Source,
  {count, labels, tickets}: Wanted,
): Situation {
  const {state} = source;
  const all = state.placesIn('cached').map(({instance}) => instance);
  const [cached, others] = parted(all, (name) => hasLabels(cache, {source, name}, labels));
  const isEnough = cached.length >= count;
  const {maximum} = limitsOf(cache, source);
  return {
    count,
    cached,
    others,
    existing: isEnough ? cached.length : countInstances(state.allPlaces()),
    maximum,
    most: mostWith(cache, source, labels),
    backable: isEnough ? Infinity : backable(cache, source, {labels, tickets}),
    isSomeoneAhead: isSomeoneAhead(state, tickets.get(source.name)),
    isDrained: state.isDrained,
    isUnconfigured: source.isUnconfigured,
  };
}

/** How many instances could be had now: what is cached, and what may still be made. */
export function available(
  cache: Cache,
  source: Source,
  {labels, tickets}: Omit<Wanted, 'count'> = {labels: [], tickets: new Map()},
): number {
  const {state} = source;
  if (source.isUnconfigured || state.isDrained || isSomeoneAhead(state, tickets.get(source.name)))
    return 0;
  const cached = state.placesIn('cached');
  const fitting = cached.filter(({instance}) =>
    hasLabels(cache, {source, name: instance}, labels),
  ).length;
  const room = limitsOf(cache, source).maximum - countInstances(state.allPlaces());
  return fitting + Math.min(Math.max(room, 0), backable(cache, source, {labels, tickets}));
}

function backable(cache: Cache, source: Source, {labels, tickets}: Omit<Wanted, 'count'>): number {
  if (isAtBottom(source)) return Infinity;
  const wanted = {labels: missingLabels(source, labels), tickets};
  return sourcesBelowWith(cache, source, labels).reduce(
    (total, below) => total + available(cache, below, wanted),
    0,
  );
}

function parted<Item>(
  items: readonly Item[],
  isFirst: (item: Item) => boolean,
): [first: Item[], others: Item[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}

/** How many instances there are: one that moved during the listing may have been seen twice. */
export function countInstances(places: readonly Place[]): number {
  return new Set(places.map(({instance}) => instance)).size;
}
