// reset-instance: instances are brought back to their checkpoint, wherever they are.

import {CrcacheError} from '../errors.js';
import {removeFile} from '../files.js';
import {parseInstanceName} from '../instance.js';
import type {Place, WorkedPlace} from '../store/place.js';
import {wakeFirst} from '../store/queue.js';
import {toBroken} from './broken.js';
import type {Cache, Source} from './cache.js';
import {bringPlanned} from './import/bring.js';
import {asNew, readImports} from './import/record.js';
import {saveImports, undoImports} from './import/undo.js';
import {levelsOf, readInstance, type Instance} from './instance.js';
import {resolveInstance, unknownInstance} from './resolve.js';
import {endAll, reset} from './rest.js';

/** Resets instances, one after the other. */
export async function resetByName(cache: Cache, names: readonly string[]): Promise<void> {
  const found = names.map((word) => {
    const name = resolveInstance(cache, word);
    const source = cache.source(parseInstanceName(name)?.source ?? name);
    const place = source.state.find(name);
    if (place === undefined) throw unknownInstance(cache, name);
    checkMayBeReset(cache, source, place);
    return {source, place};
  });
  for (const {source, place} of found) await resetAt(cache, source, place);
}

async function resetAt(cache: Cache, source: Source, place: Place): Promise<void> {
  const {state} = source;
  const {instance} = place;
  if (place.state === 'in-use') {
    // It stays with its user, who asked for this.
    const facts = readInstance(cache, source, instance);
    const imports = readImports(facts.facts.directory);
    await bringToRest(cache, facts);
    await bringPlanned(cache, facts, imports.map(asNew));
    state.note({instance, from: 'in-use', to: 'in-use', why: 'reset'});
    return;
  }
  const worker = state.around.workshop.newWorker();
  const taken: WorkedPlace = {instance, state: 'releasing', worker};
  if (!state.move(place, taken, 'reset')) throw unknownInstance(cache, instance);
  state.around.step('reset:taken');
  try {
    await bringToRest(cache, readInstance(cache, source, instance));
  } catch (error) {
    if (error instanceof CrcacheError) toBroken(state, taken, {during: 'release', error});
    throw error;
  }
  removeFile(`${state.instancePath(instance)}/problem`);
  removeFile(`${state.instancePath(instance)}/lease`);
  state.move(taken, {instance, state: 'cached'}, 'reset');
  state.around.step('reset:done');
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
