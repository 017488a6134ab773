// How an instance comes back: what runs in it ends, it is reset, and it is cached or discarded.

import {CrcacheError} from '../errors.js';
import {readText, removeFile, writeWhole} from '../files.js';
import {parseInstanceName} from '../instance.js';
import {readLease} from '../store/lease.js';
import {decide} from '../store/lock.js';
import type {WorkedPlace} from '../store/place.js';
import {wakeFirst} from '../store/queue.js';
import {writeFacts} from '../store/record.js';
import {isOutdated, usesOf} from './allocate.js';
import type {Cache, HeldRelease, Source} from './cache.js';
import {finishDiscard} from './discard.js';
import {levelsOf, readInstance, type Instance} from './instance.js';
import {limitsOf} from './limits.js';
import {countInstances} from './situation.js';

/** Releases an instance if it is in use under the right lease; false if it is not, or not any more. */
export async function releaseHeld(
  cache: Cache,
  {name, isRightLease, why, isForced = false}: HeldRelease,
): Promise<boolean> {
  const source = cache.source(parseInstanceName(name)?.source ?? name);
  const {state} = source;
  const held = {instance: name, state: 'in-use'} as const;
  const worker = state.around.workshop.newWorker();
  const taken: WorkedPlace = {instance: name, state: 'releasing', worker};
  if (!state.move(held, taken, why)) return false;
  // Names are used again: only now is it certain whose lease this is.
  const lease = readLease(state.instancePath(name));
  if (lease !== undefined && !isRightLease(lease)) {
    state.move(taken, held, 'it is held by another lease');
    return false;
  }
  state.flush('releasing');
  state.around.step('release:taken');
  await finishRelease(cache, source, {place: taken, isForced});
  return true;
}

/** Brings back an instance that is in `releasing` already. */
export async function finishRelease(
  cache: Cache,
  source: Source,
  {place, isForced}: {place: WorkedPlace; isForced: boolean},
): Promise<void> {
  const {state} = source;
  const instance = readInstance(cache, source, place.instance);
  const failure = await settle(cache, instance);
  if (failure !== undefined) cache.say(`'${instance.name}' is not cached: ${failure.message}`);
  const isPlace = limitsOf(cache, source).places !== undefined;
  if (failure !== undefined && isPlace) {
    toBroken(source, place, failure);
    wakeFirst(state);
    return;
  }
  const mustGo = failure?.message ?? (isForced ? 'release --force' : whyUnkept(instance));
  const discarding: WorkedPlace = {...place, state: 'discarding'};
  const isKept = await decide(
    {source: source.name, directory: state.directory, ...state.around},
    {
      look: () => mustGo ?? whyTooMany(cache, source),
      act: (why) => {
        if (why !== undefined) {
          state.move(place, discarding, why);
          state.around.step('release:to-discard');
          return false;
        }
        removeFile(`${state.instancePath(place.instance)}/lease`);
        state.move(place, {instance: place.instance, state: 'cached'}, 'released');
        state.around.step('release:cached');
        return true;
      },
    },
  );
  if (isKept) wakeFirst(state);
  else await finishDiscard(cache, source, discarding);
}

/** Ends what runs in an instance and in those below, and resets them; the failure, where that fails. */
async function settle(cache: Cache, instance: Instance): Promise<CrcacheError | undefined> {
  const {step, now} = cache.around;
  writeWhole(`${instance.facts.directory}/used`, `${now().toISOString()}\n`);
  try {
    const levels = levelsOf(cache, instance);
    for (const {type, facts} of levels) await type.endAll(facts);
    step('release:stopped');
    for (const {type, facts} of levels) {
      const {settings} = facts;
      if (settings.reset === 'auto' && type.capabilities(settings).reset) await type.reset(facts);
    }
    step('release:reset');
    return undefined;
  } catch (error) {
    if (error instanceof CrcacheError) return error;
    throw error;
  }
}

/** Why an instance is discarded however many there are, or undefined where nothing is against keeping it. */
export function whyUnkept(instance: Instance): string | undefined {
  const {source, facts} = instance;
  const {settings, directory} = facts;
  if (source.isUnconfigured) return 'its configuration has been removed';
  if (isOutdated(instance)) return 'its configuration has changed since it was made';
  if (source.state.isDrained) return 'its source is drained';
  if (settings.reset === 'discard') return 'reset=discard';
  if (usesOf(directory) >= (settings['max-uses'] ?? Infinity)) return 'max-uses is reached';
  const created = Date.parse(readText(`${directory}/created`)?.trim() ?? '');
  const age = source.state.around.now().getTime() - created;
  return age >= (settings['max-age'] ?? Infinity) ? 'max-age is reached' : undefined;
}

function whyTooMany(cache: Cache, source: Source): string | undefined {
  const {minimum} = limitsOf(cache, source);
  const held = source.state
    .allPlaces()
    .filter(({state}) => state !== 'discarding' && state !== 'broken');
  return countInstances(held) > minimum ? 'the source holds as many as it keeps' : undefined;
}

function toBroken({state}: Source, place: WorkedPlace, failure: CrcacheError): void {
  const {instance} = place;
  const {message} = failure;
  writeFacts(`${state.instancePath(instance)}/problem`, {while: 'release', message});
  state.move(place, {instance, state: 'broken'}, message);
}
