// How an instance comes back: what runs in it ends, it is reset, and it is cached or discarded.

import {CrcacheError} from '../errors.js';
import {formatTime} from '../time.js';
import {endTools} from '../tools.js';
import {exists, readText, removeFile, writeWhole} from '../files.js';
import {parseInstanceName, states} from '../instance.js';
import {endLease, readLease} from '../store/lease.js';
import {decide} from '../store/lock.js';
import type {WorkedPlace} from '../store/place.js';
import {wakeFirst} from '../store/queue.js';
import {isOutdated, usesOf} from './allocate.js';
import {toBroken} from './broken.js';
import type {Cache, HeldRelease, Source} from './cache.js';
import {discardAt, finishDiscard} from './discard.js';
import {saveImports, undoImports} from './import/undo.js';
import {readInstance, type Instance} from './instance.js';
import {runPhase} from './hooks.js';
import {limitsOf} from './limits.js';
import {endAll, reset} from './rest.js';
import {countInstances} from './situation.js';

/** Releases an instance if it is in use under the right lease; false if it is not, or not any more. */
export async function releaseHeld(
  cache: Cache,
  {name, isRightLease, why, isForced = false, ...manner}: HeldRelease,
): Promise<boolean> {
  const source = cache.source(parseInstanceName(name)?.source ?? name);
  const {state} = source;
  const held = {instance: name, state: 'in-use'} as const;
  const worker = state.around.workshop.newWorker();
  const taken: WorkedPlace = {instance: name, state: 'releasing', worker};
  const {step} = state.around;
  const isHeldByAnother = (): boolean => {
    const lease = readLease(state.instancePath(name));
    return lease !== undefined && !isRightLease(lease);
  };
  if (isHeldByAnother()) return false;
  step('release:judged');
  if (!state.move(held, taken, why)) return false;
  step('release:renamed');
  // Names are used again: only now is it certain whose lease this is.
  if (isHeldByAnother()) {
    state.move(taken, held, 'it is held by another lease');
    return false;
  }
  endLease(state.instancePath(name));
  if (source.type.places === undefined) state.flush('releasing');
  step('release:taken');
  await finishRelease(cache, source, {...manner, place: taken, isForced});
  return true;
}

type Manner = Pick<HeldRelease, 'onHookFailure' | 'writesBack'>;

interface Release {
  readonly place: WorkedPlace;
  readonly isForced: boolean;
}

/** Where jobs and copies are noted; most instances have none. */
const leftByCommands = ['jobs', 'keep-outputs', 'copies'];

/** Brings back an instance that is in `releasing` already. */
export async function finishRelease(
  cache: Cache,
  source: Source,
  {place, isForced, writesBack = true, onHookFailure}: Manner & Release,
): Promise<void> {
  const {state} = source;
  const instance = readInstance(cache, source, place.instance);
  const {directory} = instance.facts;
  const {step} = cache.around;
  writeWhole(`${directory}/used`, `${formatTime(cache.around.now())}\n`);
  try {
    // A reset that its user asked for may have left a tool at work, or be at it.
    await endTools(`${directory}/workers`);
    if (leftByCommands.some((name) => exists(`${directory}/${name}`))) {
      const {clearOut} = await import('./clear-out.js');
      await clearOut(cache, instance);
    }
    await endAll(cache, instance);
    await runPhase(cache, instance, {phase: 'release'});
    step('release:hooked');
    if (writesBack && !(await isSaved(cache, instance, place))) return;
    await undoImports(cache, instance);
    const reason = isForced ? 'release --force' : whyNotBack(instance);
    if (!(await keepOrDiscard(cache, source, {place, reason, isForced}))) return;
    await reset(cache, instance);
  } catch (error) {
    if (!(error instanceof CrcacheError)) throw error;
    if (error.kind === 'hook' && onHookFailure !== undefined) onHookFailure(error);
    else tell(cache, place, error);
    // What was changed in copies outlives what failed.
    if (writesBack && !(await isSaved(cache, instance, place))) return;
    await putAside(cache, source, {place, error});
    return;
  }
  removeFile(`${directory}/lease`);
  state.move(place, {instance: place.instance, state: 'cached'}, 'released');
  state.around.step('release:cached');
  wakeFirst(state);
}

/** Writes back what was changed in copies. Where that cannot be done, the instance waits with it, in `broken`. */
async function isSaved(cache: Cache, instance: Instance, place: WorkedPlace): Promise<boolean> {
  const {state} = instance.source;
  try {
    await saveImports(cache, instance);
    return true;
  } catch (error) {
    if (!(error instanceof CrcacheError)) throw error;
    cache.say(`'${place.instance}' is not cached: ${error.message}`);
    if (error.hint !== undefined) cache.say(`hint: ${error.hint}`);
    toBroken(state, place, {during: 'release', error});
    wakeFirst(state);
    return false;
  }
}

/** Decides under the lock whether an instance is kept, before it is reset for that; one that is not is discarded. */
async function keepOrDiscard(
  cache: Cache,
  source: Source,
  {place, reason, isForced}: {place: WorkedPlace; reason: string | undefined; isForced: boolean},
): Promise<boolean> {
  const {state} = source;
  const discarding: WorkedPlace = {...place, state: 'discarding'};
  const isKept = await decide(
    {source: source.name, directory: state.directory, ...state.around},
    {
      look: () => reason ?? whyTooMany(cache, source),
      act: (why) => why === undefined || !state.move(place, discarding, why),
    },
  );
  if (isKept) return true;
  state.around.step('release:to-discard');
  await finishDiscard(cache, source, {place: discarding, isForced});
  return false;
}

function tell({say}: Cache, {instance}: WorkedPlace, {message, hint}: CrcacheError): void {
  say(`'${instance}' is not cached: ${message}`);
  if (hint !== undefined) say(`hint: ${hint}`);
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
function whyNotBack(instance: Instance): string | undefined {
  const {reset} = instance.facts.settings;
  return whyUnkept(instance) ?? (reset === 'discard' ? 'reset=discard' : undefined);
}

/** Why an instance is discarded however many there are, or undefined where nothing is against keeping it. */
export function whyUnkept(instance: Instance): string | undefined {
  const {source, facts} = instance;
  const {settings, directory} = facts;
  if (source.isUnconfigured) return 'its configuration has been removed';
  if (isOutdated(instance)) return 'its configuration has changed since it was made';
  if (source.state.isDrained) return 'its source is drained';
  if (settings.reset === 'discard' && usesOf(directory) > 0) return 'reset=discard';
  const {'max-uses': maxUses, 'max-age': maxAge} = settings;
  if (maxUses !== undefined && usesOf(directory) >= maxUses) return 'max-uses is reached';
  if (maxAge === undefined) return undefined;
  const created = Date.parse(readText(`${directory}/created`)?.trim() ?? '');
  const age = source.state.around.now().getTime() - created;
  return age >= maxAge ? 'max-age is reached' : undefined;
}

/** Counting names is quick; one that moves meanwhile may be counted twice, so that more is looked at closely. */
function whyTooMany(cache: Cache, source: Source): string | undefined {
  const {state} = source;
  const {minimum, places} = limitsOf(cache, source);
  if (places !== undefined || state.count(...heldStates) <= minimum) return undefined;
  const held = heldStates.flatMap((each) => state.placesIn(each));
  return countInstances(held) > minimum ? 'the source holds as many as it keeps' : undefined;
}

/** What is on its way out, or broken, is nothing that a source has. */
const heldStates = states.filter((state) => state !== 'discarding' && state !== 'broken');
