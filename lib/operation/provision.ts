// How an instance is made, in a slot that is claimed already.

import {CrcacheError, messageOf} from '../errors.js';
import {writeWhole} from '../files.js';
import {writeFacts} from '../store/record.js';
import type {Handle} from '../source/source.js';
import {decide} from '../store/lock.js';
import type {WorkedPlace} from '../store/place.js';
import {wakeFirst} from '../store/queue.js';
import {claimSlots, flushClaim} from '../store/slot.js';
import type {SourceState} from '../store/source-state.js';
import type {Worker} from '../store/worker.js';
import {formatTime} from '../time.js';
import {acquireBacking, type BackingRequest} from './backing.js';
import {isAtBottom, type Cache, type Source} from './cache.js';
import {keepCheckpoint} from './checkpoint.js';
import {discardAt} from './discard.js';
import {throughGate} from './gate.js';
import {askConcurrency, runPhase} from './hooks.js';
import {inParallel} from './in-parallel.js';
import {isOnThisMachine, readInstance, type Instance} from './instance.js';
import {limitsOf} from './limits.js';
import {park} from './park.js';
import {writeRunScript} from './run-script.js';
import {Shares} from './shares.js';
import {anything} from './situation.js';

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
    await undo(cache, source, {place, error});
    if (!(error instanceof CrcacheError)) throw error;
    const {kind, message, hint} = error;
    if (kind === 'exhausted') throw error;
    throw new CrcacheError(kind, `cannot provision '${place.instance}': ${message}`, hint);
  }
}

/** Making has failed, and that is what the user is to hear of; what discarding failed at, gc tries again. */
async function undo(
  cache: Cache,
  source: Source,
  {place, error: cause}: {place: WorkedPlace; error: unknown},
): Promise<void> {
  try {
    const why = `it could not be provisioned: ${messageOf(cause)}`;
    await discardAt(cache, source, {place, why});
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
  const identity = await source.type.identify(bare.facts);
  writeFacts(`${directory}/handle`, identity, {flush: true});
  flushClaim(state, place);
  step('provision:handle-written');
  if (!isAtBottom(source)) await acquireBacking(cache, bare, request);
  await throughGate(source, async () => {
    const instance = readInstance(cache, source, place.instance);
    const told = await makeWatched(cache, instance, request.patienceMs ?? 0);
    step('provision:made');
    await record(cache, instance, told);
    step('provision:recorded');
  });
  return readInstance(cache, source, place.instance);
}

/** Who waits in a type's queue leaves it where this process is killed: a watcher does what is due. */
async function makeWatched(
  cache: Cache,
  {source, facts}: Instance,
  patienceMs: number,
): Promise<Handle> {
  if (source.type.hasQueue !== true || patienceMs === 0) {
    return source.type.make(facts, {patienceMs});
  }
  const {startHeir} = await import('./again.js');
  const watcher = await startHeir(cache, source.name);
  try {
    return await source.type.make(facts, {patienceMs});
  } finally {
    await watcher.dismiss();
  }
}

async function record(cache: Cache, instance: Instance, told: Handle): Promise<void> {
  const {type, source, facts: before} = instance;
  const facts = {...before, handle: {...before.handle, ...told}};
  const {directory, settings} = facts;
  if (Object.keys(told).length > 0) {
    writeFacts(`${directory}/handle`, facts.handle, {flush: true});
  }
  writeRunScript(cache, {...instance, facts});
  const cores =
    settings.concurrency === 0 ? await shareOfCores({type, facts}) : settings.concurrency;
  writeWhole(`${directory}/concurrency`, `${String(cores)}\n`);
  const made = readInstance(cache, source, facts.name);
  await runPhase(cache, made, {phase: 'provision'});
  const concurrency = await askConcurrency(cache, made, cores);
  if (concurrency !== cores) writeWhole(`${directory}/concurrency`, `${String(concurrency)}\n`);
  cache.around.step('provision:hooked');
  await keepCheckpoint(cache, made);
  writeWhole(`${directory}/created`, `${formatTime(cache.around.now())}\n`);
}

/** Instances on one machine share its cores, and none has less than one. */
async function shareOfCores({type, facts}: Pick<Instance, 'type' | 'facts'>): Promise<number> {
  const cores = await type.probe(facts);
  return Math.max(1, Math.floor(cores / Math.max(1, sharersOf({type, facts}))));
}

/** How many instances of its source one shares its machine with, itself among them; without a limit nobody knows. */
function sharersOf({type, facts}: Pick<Instance, 'type' | 'facts'>): number {
  const {settings} = facts;
  const places = type.places?.(settings, settings.maximum);
  if (places !== undefined) return Math.ceil(places / (type.machines?.(settings) ?? places));
  // What an instance above another one has is what that one has got of its machine already.
  return isAtBottom({type, settings}) && isOnThisMachine({type, facts}) ? settings.maximum : 1;
}

/** Puts a provisioned instance, which is parked where it can be, where anybody may take it. */
export function cacheAt(state: SourceState, place: WorkedPlace, why: string): void {
  const {instance} = place;
  if (!state.move(place, {instance, state: 'cached'}, why)) {
    const message = `'${instance}' was taken away while it was being provisioned`;
    throw new CrcacheError('failed', message, `crcache log ${instance}`);
  }
  state.around.step('provision:cached');
}

/** Claims as many slots as are missing, which is decided under the lock. */
export async function claimMissing(
  cache: Cache,
  source: Source,
  {missing, why}: {missing: () => number; why: string},
): Promise<WorkedPlace[]> {
  const {state} = source;
  const worker = state.around.workshop.newWorker();
  return decide(
    {source: source.name, directory: state.directory, ...state.around},
    {
      look: missing,
      act: (missed) => {
        const {maximum} = limitsOf(cache, source);
        return claimFreeSlots(source, {count: Math.max(missed, 0), maximum, worker, why});
      },
    },
  );
}

/** Provisions as many instances as are missing, and caches each as soon as it is made. */
export async function provisionMissing(
  cache: Cache,
  source: Source,
  wanted: {missing: () => number; why: string},
): Promise<void> {
  const places = await claimMissing(cache, source, wanted);
  const shares = new Shares(cache, source, {...anything, count: places.length});
  await inParallel(places, source.settings.starting, async (place) => {
    await park(cache, await provisionAt(cache, source, {place, wishes: [], shares}));
    cacheAt(source.state, place, wanted.why);
    wakeFirst(source.state);
  });
}
