// How an instance is made, in a slot that is claimed already.

import {CrcacheError, messageOf} from '../errors.js';
import {makeExecutable, writeWhole} from '../files.js';
import {writeFacts} from '../store/record.js';
import {decide} from '../store/lock.js';
import type {WorkedPlace} from '../store/place.js';
import {wakeFirst} from '../store/queue.js';
import {claimSlots, flushClaim} from '../store/slot.js';
import type {SourceState} from '../store/source-state.js';
import type {Worker} from '../store/worker.js';
import {formatTime} from '../time.js';
import {putAround} from './around.js';
import {acquireBacking, type BackingRequest} from './backing.js';
import {isAtBottom, type Cache, type Source} from './cache.js';
import {discardAt} from './discard.js';
import {askConcurrency, runPhase} from './hooks.js';
import {inParallel} from './in-parallel.js';
import {readInstance, type Instance} from './instance.js';
import {limitsOf} from './limits.js';

/** Claims as many slots, lowest first; to be called under the lock. Fewer: others were faster. */
export function claimFreeSlots(
  {state, hash}: Source,
  {count, maximum, worker, why}: {count: number; maximum: number; worker: Worker; why: string},
): WorkedPlace[] {
  if (count === 0) return [];
  return claimSlots(state, state.freeSlots(count, maximum), {worker, config: hash, why});
}

/** Makes the instance of a claimed slot. One that cannot be made leaves nothing behind, and is a failure. */
export async function provisionAt(
  cache: Cache,
  source: Source,
  wanted: {place: WorkedPlace} & BackingRequest,
): Promise<Instance> {
  const {place} = wanted;
  try {
    return await make(cache, source, wanted);
  } catch (error) {
    await undo(cache, source, place);
    if (!(error instanceof CrcacheError)) throw error;
    const {kind, message, hint} = error;
    if (kind === 'exhausted') throw error;
    throw new CrcacheError(kind, `cannot provision '${place.instance}': ${message}`, hint);
  }
}

/** Making has failed, and that is what the user is to hear of; what discarding failed at, gc tries again. */
async function undo(cache: Cache, source: Source, place: WorkedPlace): Promise<void> {
  try {
    await discardAt(cache, source, {place, why: 'it could not be provisioned'});
  } catch (error) {
    cache.say(`cannot discard '${place.instance}': ${messageOf(error)}`);
  }
}

async function make(
  cache: Cache,
  source: Source,
  {place, ...request}: {place: WorkedPlace} & BackingRequest,
): Promise<Instance> {
  const {state} = source;
  const {step} = state.around;
  const directory = state.instancePath(place.instance);
  const bare = readInstance(cache, source, place.instance);
  writeFacts(`${directory}/handle`, source.type.identify(bare.facts), {flush: true});
  flushClaim(state, place);
  step('provision:handle-written');
  if (!isAtBottom(source)) await acquireBacking(cache, bare, request);
  const instance = readInstance(cache, source, place.instance);
  const told = await source.type.make(instance.facts);
  step('provision:made');
  await record(cache, instance, told);
  step('provision:recorded');
  return readInstance(cache, source, place.instance);
}

async function record(
  cache: Cache,
  instance: Instance,
  told: Readonly<Record<string, string>>,
): Promise<void> {
  const {type, source, facts: before} = instance;
  const facts = {...before, handle: {...before.handle, ...told}};
  const {directory, settings} = facts;
  if (Object.keys(told).length > 0) {
    writeFacts(`${directory}/handle`, facts.handle, {flush: true});
  }
  writeWhole(`${directory}/run`, putAround(cache, instance, type.runScript(facts)));
  makeExecutable(`${directory}/run`);
  const cores =
    settings.concurrency === 0 ? await shareOfCores({type, facts}) : settings.concurrency;
  writeWhole(`${directory}/concurrency`, `${String(cores)}\n`);
  const made = readInstance(cache, source, facts.name);
  await runPhase(cache, made, {phase: 'provision'});
  const concurrency = await askConcurrency(cache, made, cores);
  writeWhole(`${directory}/concurrency`, `${String(concurrency)}\n`);
  cache.around.step('provision:hooked');
  await type.checkpoint(facts);
  writeWhole(`${directory}/created`, `${formatTime(cache.around.now())}\n`);
}

/** Places on one machine share its cores, and none has less than one. */
async function shareOfCores({type, facts}: Pick<Instance, 'type' | 'facts'>): Promise<number> {
  const cores = await type.probe(facts);
  const {settings} = facts;
  const places = type.places?.(settings, settings.maximum) ?? 1;
  const sharing = Math.ceil(places / (type.machines?.(settings) ?? places));
  return Math.max(1, Math.floor(cores / Math.max(1, sharing)));
}

/** Puts a provisioned instance where anybody may take it. */
export function cacheAt(state: SourceState, place: WorkedPlace, why: string): boolean {
  const isDone = state.move(place, {instance: place.instance, state: 'cached'}, why);
  state.around.step('provision:cached');
  return isDone;
}

/** Provisions as many instances as are missing, which is decided under the lock, and caches them; their names. */
export async function provisionMore(
  cache: Cache,
  source: Source,
  {missing, why}: {missing: () => number; why: string},
): Promise<string[]> {
  const {state} = source;
  const worker = state.around.workshop.newWorker();
  const places = await decide(
    {source: source.name, directory: state.directory, ...state.around},
    {
      look: missing,
      act: (missed) => {
        const {maximum} = limitsOf(cache, source);
        return claimFreeSlots(source, {count: Math.max(missed, 0), maximum, worker, why});
      },
    },
  );
  await inParallel(places, source.settings.starting, async (place) => {
    await provisionAt(cache, source, {place, labels: []});
    cacheAt(state, place, why);
    wakeFirst(state);
  });
  return places.map(({instance}) => instance);
}
