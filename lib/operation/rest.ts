// How an instance, and all that it stands on, is brought to rest: nothing runs in it, and it is as it was made.

import type {Cache} from './cache.js';
import {levelsOf, type Instance} from './instance.js';

/** Ends what runs in an instance and in those below, from the top down. */
export async function endAll(cache: Cache, instance: Instance): Promise<void> {
  for (const {type, facts} of levelsOf(cache, instance)) await type.endAll(facts);
  cache.around.step('release:stopped');
}

/** Resets an instance and those below, as far as their types can and their sources want it. */
export async function reset(cache: Cache, instance: Instance): Promise<void> {
  for (const {type, facts} of levelsOf(cache, instance)) {
    const {settings} = facts;
    if (settings.reset === 'auto' && type.capabilities(settings).reset) await type.reset(facts);
  }
  cache.around.step('release:reset');
}
