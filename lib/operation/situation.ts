// How a source stands, read from its directories without a lock.

import {isSomeoneAhead, type Ticket} from '../store/queue.js';
import {isAtBottom, isRemembered, type Cache, type Source} from './cache.js';
import {mostThrough, type Vessel} from './flow.js';
import {meets, unmetBy, sourcesBelowWith, type Wishes} from './wishes.js';
import {limitsOf, mostWith} from './limits.js';
import type {Situation} from './plan.js';
import {mayBePassed} from './surplus.js';

/** Who asks, and for what. */
interface Asked {
  readonly wishes: Wishes;
  /** The request's own, by source: who has one is not overtaken by those behind it. */
  readonly tickets: ReadonlyMap<string, Ticket>;
  /** Count also what those are to have who wait. */
  readonly passesQueues?: boolean;
  /** Which of the sources that instances can stand on are to be asked first; as they are listed, unless given. */
  readonly inOrder?: (sources: readonly Source[], wishes: Wishes) => readonly Source[];
  /** What there would be of a source beside what there is. */
  readonly foreseen?: (source: Source) => Foreseen;
}

/** How many instances more, or below zero fewer, there would be. */
export interface Foreseen {
  readonly cached: number;
  /** In whatever state. */
  readonly existing: number;
}

/** What a situation depends on beside the source. */
export interface Wanted extends Asked {
  readonly count: number;
}

/** What somebody wants who has no wishes in mind, and no ticket. */
export const anything: Asked = {wishes: [], tickets: new Map()};

/** The situation of a request. Where what is cached suffices, only that and the queue are read. */
export function situationOf(
  cache: Cache,
  source: Source,
  {count, wishes, tickets}: Wanted,
): Situation {
  const {state} = source;
  const all = state.placesIn('cached').map(({instance}) => instance);
  const [cached, others] = parted(all, (name) => meets(cache, {source, name}, wishes));
  const isEnough = cached.length >= count;
  const {maximum} = limitsOf(cache, source);
  return {
    count,
    cached,
    others,
    existing: isEnough && !mayBePassed(source, maximum) ? all.length : state.takenSlots().size,
    maximum,
    most: mostWith(cache, source, wishes),
    backable: isEnough ? Infinity : backable(cache, source, {wishes, tickets}),
    isSomeoneAhead: isSomeoneAhead(state, tickets.get(source.name)),
    isDrained: state.isDrained,
    isUnconfigured: isRemembered(source),
  };
}

/** How many instances could be had now: what is cached, and what may still be made. */
export function available(cache: Cache, source: Source, asked: Asked = anything): number {
  return mostThrough(vesselOf(cache, source, asked));
}

/** What can be had comes from what is cached and from what can be made, and that from below. */
function vesselOf(cache: Cache, source: Source, asked: Asked): Vessel {
  const {state, name} = source;
  const {wishes, tickets, passesQueues = false} = asked;
  const isSomeones = !passesQueues && isSomeoneAhead(state, tickets.get(name));
  if (isRemembered(source) || state.isDrained || isSomeones) return {name, room: 0, below: []};
  const foreseen = asked.foreseen?.(source) ?? {cached: 0, existing: 0};
  const places = state.placesIn('cached');
  const fitting = places.filter(({instance}) => meets(cache, {source, name: instance}, wishes));
  const {maximum} = limitsOf(cache, source);
  const cached = places.length + foreseen.cached;
  const existing = state.takenSlots().size + foreseen.existing;
  const room = Math.max(0, maximum - existing);
  // A maximum may have been lowered: not all that is cached may be in use at once.
  const rest = Math.max(0, maximum - (existing - cached));
  const free = Math.max(0, Math.min(fitting.length + foreseen.cached, rest));
  return {
    name,
    room: Infinity,
    below: [
      {name: cachedOf(source), room: free, below: undefined},
      {...newOf(source), room, below: vesselsBelow(cache, source, asked)},
    ],
  };
}

/** The name of what a source has cached, where it is counted. */
export function cachedOf({name}: Source): string {
  return `cached of ${name}`;
}

/** What comes from below; undefined where instances stand on no others. */
export function vesselsBelow(cache: Cache, source: Source, asked: Asked): Vessel[] | undefined {
  if (isAtBottom(source)) return undefined;
  const askedBelow = {...asked, wishes: unmetBy(source, asked.wishes)};
  const sources = sourcesBelowWith(cache, source, asked.wishes);
  const {inOrder = () => sources} = asked;
  return inOrder(sources, askedBelow.wishes).map((below) => vesselOf(cache, below, askedBelow));
}

/** What is made at the bottom costs most, and is done where nothing else is left. */
export function newOf(source: Source): Pick<Vessel, 'name' | 'isLast'> {
  return {name: `new of ${source.name}`, isLast: isAtBottom(source)};
}

/** How many instances the sources below could back; Infinity where there are none below. */
export function backable(cache: Cache, source: Source, asked: Asked = anything): number {
  const below = vesselsBelow(cache, source, asked);
  return mostThrough({name: source.name, room: Infinity, below});
}

function parted<Item>(
  items: readonly Item[],
  isFirst: (item: Item) => boolean,
): [first: Item[], others: Item[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}
