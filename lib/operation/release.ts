// How an instance comes back: what runs in it ends, it is reset, and it is cached or discarded.

import {CrcacheError, hasCode} from '../errors.js';
import {formatTime} from '../time.js';
import {endTools} from '../tools.js';
import {exists, removeFile, writeWhole} from '../files.js';
import {sourceNameOf} from '../instance.js';
import {endLease, readLease} from '../store/lease.js';
import {decide} from '../store/lock.js';
import type {WorkedPlace} from '../store/place.js';
import {wakeFirst} from '../store/queue.js';
import {toBroken} from './broken.js';
import type {Cache, HeldRelease, Source} from './cache.js';
import {discardAt, finishDiscard} from './discard.js';
import {cannotDiscard, tellFailure} from './fail-with.js';
import {whyUnkept} from './fitness.js';
import {dropChanges} from './import/record.js';
import {saveImports, undoImports} from './import/undo.js';
import {readInstance, type Instance} from './instance.js';
import {runPhase} from './hooks.js';
import {countKept} from './kept.js';
import {limitsOf} from './limits.js';
import {park, wake} from './park.js';
import {endAll, reset} from './rest.js';

/** Releases an instance if it is in use under the right lease; false if it is not, or not any more. */
export async function releaseHeld(cache: Cache, release: HeldRelease): Promise<boolean> {
  const {isForced = false, ...manner} = release;
  const place = takeBack(cache, release);
  if (place === undefined) return false;
  const source = cache.source(sourceNameOf(release.name));
  await finishRelease(cache, source, {...manner, place, isForced});
  return true;
}

type Taking = Pick<HeldRelease, 'name' | 'isRightLease' | 'why' | 'writesBack'>;

/** Takes an instance from who holds it by the right lease, if anybody does; what is left is to finish its release. */
export function takeBack(
  cache: Cache,
  {name, isRightLease, why, writesBack = true}: Taking,
): WorkedPlace | undefined {
  const source = cache.source(sourceNameOf(name));
  const {state} = source;
  const held = {instance: name, state: 'in-use'} as const;
  const worker = state.around.workshop.newWorker();
  const taken: WorkedPlace = {instance: name, state: 'releasing', worker};
  const {step} = state.around;
  const isHeldByAnother = (): boolean => {
    if (isRightLease === undefined) return false;
    const lease = readLease(state.instancePath(name));
    return lease !== undefined && !isRightLease(lease);
  };
  if (isHeldByAnother()) return undefined;
  step('release:judged');
  if (!state.move(held, taken, why)) return undefined;
  step('release:renamed');
  // Names are used again: only now is it certain whose lease this is.
  if (isHeldByAnother()) {
    state.move(taken, held, 'it is held by another lease');
    return undefined;
  }
  endLease(state.instancePath(name));
  // From here on others may finish the release.
  if (!writesBack) dropChanges(state.instancePath(name));
  if (source.type.places === undefined) state.flush('releasing');
  step('release:taken');
  return taken;
}

type Manner = Pick<HeldRelease, 'onFailure'>;

interface Release {
  readonly place: WorkedPlace;
  readonly isForced: boolean;
}

/** Where jobs and copies are noted; most instances have none. */
const leftByCommands = ['jobs', 'keep-outputs', 'copies', 'coming'];

/** Brings back an instance that is in `releasing` already. */
export async function finishRelease(
  cache: Cache,
  source: Source,
  {place, isForced, onFailure}: Manner & Release,
): Promise<void> {
  const {state} = source;
  const instance = readInstance(cache, source, place.instance);
  const {directory} = instance.facts;
  const {step} = cache.around;
  try {
    // A reset that its user asked for may have left a tool at work, or be at it.
    await endTools(`${directory}/workers`);
    await wake(cache, instance);
    if (leftByCommands.some((name) => exists(`${directory}/${name}`))) {
      const {clearOut} = await import('./clear-out.js');
      await clearOut(cache, instance);
    }
    await unlessFull(() => {
      writeWhole(`${directory}/used`, `${formatTime(cache.around.now())}\n`);
    });
    await endAll(cache, instance);
    await runPhase(cache, instance, {phase: 'release'});
    step('release:hooked');
    if (!(await isSaved(cache, instance, {place, onFailure}))) return;
    await undoImports(cache, instance);
    const reason = isForced ? 'release --force' : whyNotBack(cache, instance);
    if (!(await keepOrDiscard(cache, source, {place, reason, isForced, onFailure}))) return;
    await reset(cache, instance);
    await park(cache, instance);
  } catch (error) {
    if (!(error instanceof CrcacheError)) throw error;
    if (error.kind === 'hook' && onFailure !== undefined) onFailure(error);
    else tell(cache, place, error);
    // What was changed in copies outlives what failed.
    if (!(await isSaved(cache, instance, {place, onFailure}))) return;
    await putAside(cache, source, {place, error});
    return;
  }
  if (exists(`${directory}/lease`)) removeFile(`${directory}/lease`); // its worker died before it was renamed
  state.move(place, {instance: place.instance, state: 'cached'}, 'released');
  state.around.step('release:cached');
  wakeFirst(state);
}

/** Writes back what was changed in copies. Where that cannot be done, the instance waits with it, in `broken`. */
async function isSaved(
  cache: Cache,
  instance: Instance,
  {place, onFailure}: Manner & Pick<Release, 'place'>,
): Promise<boolean> {
  const {state} = instance.source;
  try {
    await saveImports(cache, instance);
    return true;
  } catch (error) {
    if (!(error instanceof CrcacheError)) throw error;
    if (onFailure === undefined) tell(cache, place, error);
    else onFailure(error);
    toBroken(state, place, {during: 'release', error});
    wakeFirst(state);
    return false;
  }
}

/** Decides under the lock whether an instance is kept, before it is reset for that; one that is not is discarded. */
async function keepOrDiscard(
  cache: Cache,
  source: Source,
  {place, reason, isForced, onFailure}: Manner & Release & {reason: string | undefined},
): Promise<boolean> {
  const {state} = source;
  const discarding: WorkedPlace = {...place, state: 'discarding'};
  const isKept = (why: string | undefined): boolean =>
    why === undefined || !state.move(place, discarding, why);
  const decided = await unlessFull(() =>
    decide(
      {source: source.name, directory: state.directory, ...state.around},
      {look: () => reason ?? whyTooMany(cache, source), act: isKept},
    ),
  );
  // Where no decision can be noted any more, one that goes makes room.
  const {places} = limitsOf(cache, source);
  const whyFull = reason ?? (places === undefined ? 'the disk is full' : undefined);
  if (decided ?? isKept(whyFull)) return true;
  state.around.step('release:to-discard');
  try {
    await finishDiscard(cache, source, {place: discarding, isForced});
  } catch (error) {
    if (!(error instanceof CrcacheError)) throw error;
    const failure = cannotDiscard(place.instance, error);
    if (onFailure === undefined) tellFailure(cache, failure);
    else onFailure(failure);
  }
  return false;
}

/** What an action answers; undefined where the disk is too full for it. */
async function unlessFull<Value>(act: () => Value | Promise<Value>): Promise<Value | undefined> {
  try {
    return await act();
  } catch (error) {
    if (!hasCode(error, 'ENOSPC', 'EDQUOT')) throw error;
    return undefined;
  }
}

function tell(cache: Cache, {instance}: WorkedPlace, {message, hint}: CrcacheError): void {
  tellFailure(cache, {message: `'${instance}' is not cached: ${message}`, hint});
}

/** What cannot be brought to rest is given to nobody again. A place, which cannot be made anew, waits to be mended. */
async function putAside(
  cache: Cache,
  source: Source,
  {place, error}: {place: WorkedPlace; error: CrcacheError},
): Promise<void> {
  const {state} = source;
  if (limitsOf(cache, source).places !== undefined) {
    toBroken(state, place, {during: 'release', error});
    wakeFirst(state);
    return;
  }
  await discardAt(cache, source, {place, why: error.message});
}

/** Why one that comes back is discarded; where no user got it in the end, hooks may have been at it. */
function whyNotBack(cache: Cache, instance: Instance): string | undefined {
  const {reset} = instance.facts.settings;
  return whyUnkept(cache, instance) ?? (reset === 'discard' ? 'reset=discard' : undefined);
}

function whyTooMany(cache: Cache, source: Source): string | undefined {
  const {state} = source;
  const {minimum, places} = limitsOf(cache, source);
  // Counting records is quick, and there are no fewer of them than instances: more is looked at closely.
  if (places !== undefined || state.countRecords() <= minimum) return undefined;
  return countKept(state) > minimum ? 'the source holds as many as it keeps' : undefined;
}
