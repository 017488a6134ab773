// What a dead process or the time that passed has left to be done in a source. Done by gc, and by whoever would
// otherwise have to wait for it. Whatever was judged is checked again after it was taken.

import {CrcacheError, describeErrno, isFromSystem} from '../errors.js';
import {endTools} from '../tools.js';
import {removeTree} from '../trees.js';
import {removeFile} from '../files.js';
import {parseInstanceName} from '../instance.js';
import {isLeased, readLease, whyEnded, type Lease} from '../store/lease.js';
import {checkRecordedOnce} from '../store/recorded-twice.js';
import {isWorkedPlace, linkOf, type Place, type WorkedPlace} from '../store/place.js';
import {deadTickets, dropTicket, readContents, type Ticket} from '../store/queue.js';
import {isVacated} from '../store/slot.js';
import {holderAbove} from './backing.js';
import type {Cache, Source} from './cache.js';
import {finishDiscard} from './discard.js';
import {tellFailure} from './fail-with.js';
import {readBacking} from './instance.js';
import {finishRelease, releaseHeld} from './release.js';
import {finishHeldReset, isBeingReset} from './reset-held.js';
import {tolerate} from './tolerate.js';

/** Something that is due, and how it is done. */
export interface Due {
  readonly what: string;
  readonly source: string;
  /** False: there was nothing to be done any more. */
  readonly run: () => unknown;
  /** Instances that it discards, or takes from who has them. */
  readonly ends?: () => readonly string[];
  /** How many instances it makes, and of what. */
  readonly makes?: {readonly of: Source; readonly count: number};
}

/** Does all that is due in a source and in those below it; whether there was anything. */
export async function tidy(cache: Cache, source: Source): Promise<boolean> {
  let isAnything = false;
  for (const each of [source, ...cache.sourcesBelow(source)]) {
    const due = whatIsDue(cache, each);
    for (const task of due) isAnything = (await attempt(cache, task)) || isAnything;
    if (each !== source) isAnything = (await tidyBelow(cache, each)) || isAnything;
  }
  return isAnything;
}

/** Where an instance is, once what a dead process began with it is finished; undefined where it is gone by that. */
export async function placeAfterTidy(
  cache: Cache,
  source: Source,
  place: Place,
): Promise<Place | undefined> {
  const {state} = source;
  if (!isWorkedPlace(place) || state.around.workshop.fateOf(place.worker) !== 'dead') return place;
  await tidy(cache, source);
  return state.find(place.instance);
}

async function tidyBelow(cache: Cache, source: Source): Promise<boolean> {
  let isAnything = false;
  for (const below of cache.sourcesBelow(source)) {
    isAnything = (await tidy(cache, below)) || isAnything;
  }
  return isAnything;
}

/** Does one thing that is due, and answers whether it was done. A failure is told, and keeps nobody from the rest. */
export async function attempt(
  cache: Cache,
  {what, run}: Pick<Due, 'what' | 'run'>,
  onFailure = (failure: CrcacheError): void => {
    tellFailure(cache, failure);
  },
): Promise<boolean> {
  try {
    return (await run()) !== false;
  } catch (error) {
    onFailure(failureOf(what, error));
    return false;
  }
}

/** The failure of a part of something, in one line. A bug is none, and thrown. */
export function failureOf(what: string, error: unknown): CrcacheError {
  if (!isFromSystem(error) && !(error instanceof CrcacheError)) throw error;
  if (isFromSystem(error)) return new CrcacheError('failed', `${what}: ${describeErrno(error)}`);
  return new CrcacheError('failed', `${what}: ${error.message}`, error.hint);
}

/** All that is due in a source itself: dead workers first, since they may hold what others wait for. */
export function whatIsDue(cache: Cache, source: Source): Due[] {
  if (!source.state.exists) return [];
  return [
    ...deadWorkers(cache, source),
    ...deadRequests(cache, source),
    ...endedLeases(cache, source),
  ];
}

function deadWorkers(cache: Cache, source: Source): Due[] {
  const {state, name} = source;
  const dead = state
    .allPlaces()
    .filter(isWorkedPlace)
    .filter(({worker}) => state.around.workshop.fateOf(worker) === 'dead');
  return dead.map((place) => ({
    what: `take over ${linkOf(place).split(',')[0] ?? ''}…, whose process is gone`,
    source: name,
    run: () => takeOver(cache, source, place),
    ends: () => [place.instance],
  }));
}

/** Finishes or undoes what a dead worker began. */
async function takeOver(cache: Cache, source: Source, place: WorkedPlace): Promise<boolean> {
  const {state} = source;
  const {instance} = place;
  const isNeverClaimed =
    place.state === 'provisioning' && state.isGone(instance, place.worker.nonce);
  if (isNeverClaimed || (place.state === 'discarding' && isVacated(state, place))) {
    return removeFile(`${state.directory}/${linkOf(place)}`);
  }
  checkRecordedOnce(state, place, state.allPlaces());
  const why = `process ${String(place.worker.pid)}, which was at it, is gone`;
  if (place.state === 'releasing' && isLeased(state.instancePath(instance))) {
    return returnToUser(cache, source, {place, why});
  }
  const worker = state.around.workshop.newWorker();
  const to = place.state === 'releasing' ? 'releasing' : 'discarding';
  const taken: WorkedPlace = {instance, state: to, worker};
  if (!state.move(place, taken, why)) return false;
  state.around.step('gc:taken-over');
  const workers = `${state.instancePath(instance)}/workers`;
  // Of another host, or from before a reboot, pids are not those of its tools.
  if (state.around.workshop.isOfHere(place.worker)) await endTools(workers);
  else removeTree(workers);
  if (to === 'discarding') await finishDiscard(cache, source, {place: taken});
  else await finishRelease(cache, source, {place: taken, isForced: false});
  return true;
}

/** One that is still somebody's: the worker died before it knew whether this lease was to end, or while it reset it. */
async function returnToUser(
  cache: Cache,
  source: Source,
  {place, why}: {place: WorkedPlace; why: string},
): Promise<boolean> {
  const {state} = source;
  const {instance} = place;
  if (isBeingReset(source, instance)) {
    const taken: WorkedPlace = {...place, worker: state.around.workshop.newWorker()};
    if (!state.move(place, taken, why)) return false;
    state.around.step('gc:taken-over');
    await finishHeldReset(cache, source, taken);
  } else if (!state.move(place, {instance, state: 'in-use'}, why)) return false;
  for (const due of endedLease(cache, source, instance)) await due.run();
  return true;
}

/** A request that died before its caller had all names gives back those that it has got. */
function deadRequests(cache: Cache, source: Source): Due[] {
  const {state, name} = source;
  return deadTickets(state).map((ticket) => ({
    what: `give back what request ${String(ticket.number)} took, whose process is gone`,
    source: name,
    run: async () => {
      const {lease} = readContents(state, ticket) ?? {};
      for (const instance of takenBy(source, ticket)) {
        const isRightLease = ({id}: Lease): boolean => id === lease;
        await releaseHeld(cache, {name: instance, isRightLease, why: 'its request is gone'});
      }
      dropTicket(state, ticket);
    },
  }));
}

function endedLeases(cache: Cache, source: Source): Due[] {
  const inUse = source.state.placesIn('in-use');
  return inUse.flatMap(
    ({instance}) => tolerate(cache, instance, () => endedLease(cache, source, instance)) ?? [],
  );
}

function endedLease(cache: Cache, {state, name}: Source, instance: string): Due[] {
  const lease = readLease(state.instancePath(instance));
  const why = lease === undefined ? undefined : whyOver(cache, instance, lease);
  if (lease === undefined || why === undefined) return [];
  const isRightLease = ({id}: Lease): boolean => id === lease.id;
  return [
    {
      what: `release '${instance}': ${why}`,
      source: name,
      run: () => releaseHeld(cache, {name: instance, isRightLease, why}),
      ends: () => [instance],
    },
  ];
}

/** Why a lease is over, or undefined while it lasts. */
export function whyOver(cache: Cache, instance: string, lease: Lease): string | undefined {
  const {now, workshop} = cache.around;
  const above = holderAbove(lease);
  if (above === undefined) return whyEnded(lease, now(), (identity) => workshop.fateOf(identity));
  const parts = parseInstanceName(above.name);
  if (parts === undefined) return undefined;
  const state = cache.store.source(parts.source);
  if (state.isGone(above.name, above.incarnation)) {
    return `'${above.name}', which stood on it, is gone`;
  }
  const isBeingMade = state.find(above.name)?.state === 'provisioning';
  const backing = readBacking(cache, state.instancePath(above.name))?.name;
  if (isBeingMade || backing === undefined || backing === instance) return undefined;
  return `'${above.name}' stands on '${backing}'`;
}

/** What a request has in use; one that is being made or given out has a worker of its own. */
function takenBy({state}: Source, ticket: Ticket): string[] {
  const {lease = '', instances = []} = readContents(state, ticket) ?? {};
  return instances.filter((name) => readLease(state.instancePath(name))?.id === lease);
}
