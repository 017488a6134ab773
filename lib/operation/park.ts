// How an instance gives up cores and memory while it is cached, and has them again before anybody needs it: as far as
// its type can do that, and the types of what it stands on.
//
// The file `parked` in an instance's directory is there before it is parked, and until it is awake.

import {CrcacheError} from '../errors.js';
import {exists, removeFile, writeWhole} from '../files.js';
import type {Cache} from './cache.js';
import {levelsOf, type Instance} from './instance.js';

/** Parks an instance that is about to be cached, from the top down. */
export async function park(cache: Cache, instance: Instance): Promise<void> {
  const {step} = cache.around;
  for (const {type, facts} of levelsOf(cache, instance)) {
    if (!type.capabilities(facts.settings).park) continue;
    writeWhole(markOf(facts.directory), '', {flush: true});
    step('park:noted');
    await type.park?.(facts);
    step('park:parked');
  }
}

/** Wakes an instance, from the bottom up; one that was never parked is awake. */
export async function wake(cache: Cache, instance: Instance): Promise<void> {
  for (const {type, facts} of levelsOf(cache, instance).reverse()) {
    if (!exists(markOf(facts.directory))) continue;
    await type.resume?.(facts);
    cache.around.step('park:resumed');
    removeFile(markOf(facts.directory));
  }
}

/** Wakes an instance; the value is why that cannot be done. */
export async function whyAsleep(cache: Cache, instance: Instance): Promise<string | undefined> {
  try {
    await wake(cache, instance);
    return undefined;
  } catch (error) {
    if (!(error instanceof CrcacheError)) throw error;
    return `it does not wake: ${error.message}`;
  }
}

function markOf(directory: string): string {
  return `${directory}/parked`;
}
