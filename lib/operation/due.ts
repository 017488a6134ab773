// Whether something is due, cheaply; and gc in the background where it is.

import {listNames} from '../files.js';
import {workedStates} from '../instance.js';
import {readLease} from '../store/lease.js';
import {isLogFull} from '../store/log.js';
import {isWorkedPlace} from '../store/place.js';
import {deadTickets} from '../store/queue.js';
import {startAgain} from './again.js';
import type {Cache, Source} from './cache.js';
import {whyUnkept} from './fitness.js';
import {readInstance} from './instance.js';
import {keptAtMost} from './kept.js';
import {deadSessions} from './stream/session.js';
import {surplusBySource} from './surplus.js';
import {whyOver} from './tidy.js';
import {tolerate} from './tolerate.js';
import {missingFromReserve, unkept} from './upkeep.js';

/** So many records are read. Of more leases that is each time another part of them; the rest is left to a timer's gc. */
const readAtMost = 50;

/** Starts `gc --auto` where something is due in a source or in those below, or in anybody's streams. It holds none of our streams. */
export async function startCollecting(cache: Cache, source: Source): Promise<void> {
  const where = whereDue(cache, source);
  if (where === undefined) return;
  cache.around.trace(`something is due in ${where}: gc --auto`);
  await startAgain(cache, ['gc', '--auto']);
}

function whereDue(cache: Cache, source: Source): string | undefined {
  // A stream's instances are of sources that nobody else may ever ask for.
  if (deadSessions(cache).length > 0) return 'streams';
  const due = findDue(cache, source, new Set());
  return due && `'${due.name}'`;
}

/** Looks at each source once, also where several ways lead to it. */
function findDue(cache: Cache, source: Source, seen: Set<string>): Source | undefined {
  if (seen.has(source.name)) return undefined;
  seen.add(source.name);
  if (isDue(cache, source)) return source;
  for (const below of cache.sourcesBelow(source)) {
    const due = findDue(cache, below, seen);
    if (due !== undefined) return due;
  }
  return undefined;
}

function isDue(cache: Cache, source: Source): boolean {
  const {state, settings} = source;
  const {workshop} = state.around;
  const inUse = listNames(`${state.directory}/in-use`);
  const worked = workedStates.flatMap((each) => state.placesIn(each)).filter(isWorkedPlace);
  return (
    worked.some(({worker}) => workshop.fateOf(worker) === 'dead') ||
    deadTickets(state).length > 0 ||
    (settings.reserve > 0 &&
      keptAtMost(state, inUse.length) < settings.reserve &&
      missingFromReserve(cache, source).length > 0) ||
    isLogFull(state.directory) ||
    someOf(inUse).some((name) => isLeaseOver(cache, source, name)) ||
    isCachedDue(cache, source, inUse.length)
  );
}

/** Whether a cached instance is to go. Of many, only what is against each by itself is looked at, in a part of them. */
function isCachedDue(cache: Cache, source: Source, inUse: number): boolean {
  const cached = source.state.placesIn('cached').map(({instance}) => instance);
  if (cached.length <= readAtMost) return unkept(cache, source, inUse).length > 0;
  const isSurplus = surplusBySource(cache);
  const why = (name: string): string | undefined =>
    tolerate(cache, name, () => whyUnkept(cache, readInstance(cache, source, name), isSurplus));
  return someOf(cached).some((name) => why(name) !== undefined);
}

/** As many in a row as are read, from a place that nobody can foretell. */
function someOf(names: readonly string[]): string[] {
  const from = Math.floor(Math.random() * names.length);
  return [...names.slice(from, from + readAtMost), ...names.slice(0, from)].slice(0, readAtMost);
}

function isLeaseOver(cache: Cache, {state}: Source, instance: string): boolean {
  const why = (): string | undefined => {
    const lease = readLease(state.instancePath(instance));
    return lease === undefined ? undefined : whyOver(cache, instance, lease);
  };
  return tolerate(cache, instance, why) !== undefined;
}
