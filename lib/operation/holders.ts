// What is in the way of a request: users, also where it is another source's instance that stands between, and what is
// nobody's and must be mended.

import {inNaturalOrder, parseInstanceName, sourceNameOf, type State} from '../instance.js';
import {safe} from '../output/safe.js';
import {readLease} from '../store/lease.js';
import {holderAbove} from './backing.js';
import {isAtBottom, type Cache, type Source} from './cache.js';
import {limitsOf} from './limits.js';
import type {Refusal} from './plan.js';
import {tolerate} from './tolerate.js';

/** How many holders are named. */
const namedAtMost = 10;

/** What is said of one holder, under the name of the instance that it has. */
interface Holder {
  readonly instance: string;
  readonly words: string;
  /** Nobody uses it. */
  readonly isIdle?: boolean;
  /** What is to be done about it, where waiting is of no use. */
  readonly mend?: string;
}

export interface Holders {
  readonly lines: readonly string[];
  /** Instances that nobody uses: what they stand on comes free when they are discarded, and not by waiting. */
  readonly idle: readonly string[];
  /** What is to be done where none of them will come free. */
  readonly mend: string | undefined;
}

/** A line for each instance that is in the way of a request: who has it, and since when. */
export function holdersOf(cache: Cache, source: Source, refusal: Refusal): Holders {
  if (refusal === 'impossible' || refusal === 'unconfigured' || refusal === 'drained') {
    return {lines: [], idle: [], mend: undefined};
  }
  const taken = inTheWay(cache, source, refusal).flatMap(({state}) => takenIn(state));
  const holders = inNaturalOrder(taken, ({instance}) => instance)
    .slice(0, namedAtMost)
    .map((place) => holderAt(cache, place));
  const named = inNaturalOrder(holders, ({instance}) => instance);
  const lines = named.map(({instance, words}) => `${instance} ${words}`);
  const idle = named.filter(({isIdle}) => isIdle).map(({instance}) => instance);
  const more = taken.length - lines.length;
  const mends = more > 0 ? [undefined] : named.map((holder) => holder.mend);
  return {
    lines: more > 0 ? [...lines, `and ${String(more)} more`] : lines,
    idle,
    mend: mends.includes(undefined) ? undefined : mends[0],
  };
}

interface Taken {
  readonly instance: string;
  readonly state: State | 'stray';
}

/** All that takes a slot and cannot be had. */
function takenIn(state: Source['state']): Taken[] {
  const places = state.allPlaces();
  const strays = state.strayNames(places).filter((name) => parseInstanceName(name) !== undefined);
  return [
    ...places.filter((place) => place.state !== 'cached'),
    ...strays.map((instance): Taken => ({instance, state: 'stray'})),
  ];
}

function holderAt(cache: Cache, {instance, state}: Taken): Holder {
  if (state === 'in-use') return holderOf(cache, instance);
  if (state === 'stray') return {instance, words: 'is in no state', mend: 'crcache fsck'};
  const words = `is ${state}`;
  return state === 'broken'
    ? {instance, words, mend: `crcache explain ${instance}`}
    : {instance, words};
}

/** A source that is full is in its own way; else it is what its instances would stand on. Each of that has one user. */
function inTheWay(cache: Cache, source: Source, refusal: Refusal): Source[] {
  const isFull = source.state.takenSlots().size >= limitsOf(cache, source).maximum;
  return refusal === 'maximum' || isFull ? [source] : [...new Set(bottomsOf(cache, source))];
}

function bottomsOf(cache: Cache, source: Source): Source[] {
  if (isAtBottom(source)) return [source];
  return cache.sourcesBelow(source).flatMap((below) => bottomsOf(cache, below));
}

/** Who holds an instance, from it upwards to what a user has. */
function holderOf(cache: Cache, instance: string): Holder {
  const state = stateOf(cache, instance);
  const lease = tolerate(cache, `instance '${instance}'`, () =>
    readLease(state.instancePath(instance)),
  );
  if (lease === undefined) return {instance, words: 'has no lease'};
  const above = holderAbove(lease)?.name;
  if (above === undefined) {
    const {holder, since, command} = lease;
    return {instance, words: `is held by ${safe(holder)} since ${since}: ${safe(command)}`};
  }
  const place = stateOf(cache, above).find(above);
  if (place?.state === 'in-use') return holderOf(cache, above);
  const words = `is ${place?.state ?? 'gone'}, and stands on ${instance}`;
  return {instance: above, words, isIdle: place?.state === 'cached'};
}

function stateOf(cache: Cache, instance: string): Source['state'] {
  return cache.store.source(sourceNameOf(instance));
}
