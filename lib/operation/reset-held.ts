// The reset of an instance that stays in use: its user has asked for it. A note says that it has begun and which imports
// there were, so that it can be finished where its process dies.
//
// The file `resetting` has the imports' records, one JSON line each, until all of them are there again.

import {exists, removeFile} from '../files.js';
import type {WorkedPlace} from '../store/place.js';
import {endTools} from '../tools.js';
import type {Cache, Source} from './cache.js';
import {bringPlanned} from './import/bring.js';
import {asNew, readImports, recordsIn, writeRecords} from './import/record.js';
import {saveImports, undoImports} from './import/undo.js';
import {readInstance, type Instance} from './instance.js';
import {endAll, reset} from './rest.js';

const noteOf = (directory: string): string => `${directory}/resetting`;

/** Resets an instance that was taken from `in-use` for that, and gives it back there. */
export async function resetHeld(cache: Cache, source: Source, taken: WorkedPlace): Promise<void> {
  const directory = source.state.instancePath(taken.instance);
  writeRecords(noteOf(directory), readImports(directory));
  source.state.around.step('reset:noted');
  await finishHeldReset(cache, source, taken);
}

/** Whether a reset has begun that is not done. */
export function isBeingReset({state}: Source, instance: string): boolean {
  return exists(noteOf(state.instancePath(instance)));
}

/** Does all of it, whatever was done before. */
export async function finishHeldReset(
  cache: Cache,
  source: Source,
  taken: WorkedPlace,
): Promise<void> {
  const directory = source.state.instancePath(taken.instance);
  try {
    await endTools(`${directory}/workers`); // those of a process that died at it
    const instance = readInstance(cache, source, taken.instance);
    await bringToRest(cache, instance);
    await bringPlanned(cache, instance, recordsIn(noteOf(directory)).map(asNew));
  } finally {
    removeFile(noteOf(directory));
    source.state.move(taken, {instance: taken.instance, state: 'in-use'}, 'reset');
  }
}

/** Has nothing run in an instance, what was changed in copies back, and it as it was made. */
export async function bringToRest(cache: Cache, instance: Instance): Promise<void> {
  await endAll(cache, instance);
  await saveImports(cache, instance);
  await undoImports(cache, instance);
  await reset(cache, instance);
}
