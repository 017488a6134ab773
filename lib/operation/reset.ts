// reset-instance: instances are brought back to their checkpoint, wherever they are.

import {CrcacheError} from '../errors.js';
import {removeFile} from '../files.js';
import type {Place, WorkedPlace} from '../store/place.js';
import {wakeFirst} from '../store/queue.js';
import {toBroken} from './broken.js';
import type {Cache, Source} from './cache.js';
import {bringPlanned} from './import/bring.js';
import {asNew, readImports} from './import/record.js';
import {saveImports, undoImports} from './import/undo.js';
import {levelsOf, readInstance, type Instance} from './instance.js';
import {park, wake} from './park.js';
import {findInstance, unknownInstance} from './resolve.js';
import {endAll, reset} from './rest.js';

/** Resets instances, one after the other. */
export async function resetByName(cache: Cache, names: readonly string[]): Promise<void> {
  const found = names.map((word) => findInstance(cache, word));
  for (const {source, place} of found) checkMayBeReset(cache, source, place);
  for (const {source, place} of found) await resetAt(cache, source, place);
}

async function resetAt(cache: Cache, source: Source, place: Place): Promise<void> {
  const {state} = source;
  const {instance} = place;
  const worker = state.around.workshop.newWorker();
  const taken: WorkedPlace = {instance, state: 'releasing', worker};
  if (!state.move(place, taken, 'reset')) throw unknownInstance(cache, instance);
  state.around.step('reset:taken');
  if (place.state === 'in-use') await resetHeld(cache, source, taken);
  else await resetFree(cache, source, taken);
  state.around.step('reset:done');
}

/** It stays with its user, who asked for this: its lease says so, also where this process dies. */
async function resetHeld(cache: Cache, source: Source, taken: WorkedPlace): Promise<void> {
  const {instance} = taken;
  try {
    const facts = readInstance(cache, source, instance);
    const imports = readImports(facts.facts.directory);
    await bringToRest(cache, facts);
    await bringPlanned(cache, facts, imports.map(asNew));
  } finally {
    source.state.move(taken, {instance, state: 'in-use'}, 'reset');
  }
}

async function resetFree(cache: Cache, source: Source, taken: WorkedPlace): Promise<void> {
  const {state} = source;
  const {instance} = taken;
  try {
    const facts = readInstance(cache, source, instance);
    await wake(cache, facts);
    await bringToRest(cache, facts);
    await park(cache, facts);
  } catch (error) {
    if (error instanceof CrcacheError) toBroken(state, taken, {during: 'release', error});
    throw error;
  }
  removeFile(`${state.instancePath(instance)}/problem`);
  removeFile(`${state.instancePath(instance)}/lease`);
  state.move(taken, {instance, state: 'cached'}, 'reset');
  wakeFirst(state);
}

async function bringToRest(cache: Cache, instance: Instance): Promise<void> {
  await endAll(cache, instance);
  await saveImports(cache, instance);
  await undoImports(cache, instance);
  await reset(cache, instance);
}

function checkMayBeReset(cache: Cache, source: Source, {instance, state}: Place): void {
  if (state !== 'cached' && state !== 'broken' && state !== 'in-use') {
    throw new CrcacheError('failed', `'${instance}' is ${state}`, `crcache explain ${instance}`);
  }
  const levels = levelsOf(cache, readInstance(cache, source, instance));
  const canReset = levels.some(({type, facts}) => type.capabilities(facts.settings).reset);
  if (canReset || state === 'broken') return;
  throw new CrcacheError(
    'failed',
    `'${instance}' cannot be reset: type '${source.type.name}' cannot do that`,
    `crcache release -f ${instance}`,
  );
}
