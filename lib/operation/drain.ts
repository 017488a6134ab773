// drain-source: a source is taken out of use.

import {CrcacheError} from '../errors.js';
import {wakeFirst} from '../store/queue.js';
import type {Cache, Source} from './cache.js';
import {openSource} from './open-source.js';
import {discardAt} from './discard.js';
import {cannotDiscard, failWith} from './fail-with.js';
import {inParallel} from './in-parallel.js';

/** Takes a source out of use and discards what it has cached, or takes it back into use. */
export async function drain(cache: Cache, source: Source, isDrained: boolean): Promise<void> {
  openSource(cache, source);
  const {state} = source;
  state.setDrained(isDrained);
  wakeFirst(state);
  if (!isDrained) return;
  const failures: CrcacheError[] = [];
  await inParallel(state.placesIn('cached'), source.settings.starting, async (place) => {
    try {
      await discardAt(cache, source, {place, why: 'its source is drained'});
    } catch (error) {
      if (!(error instanceof CrcacheError)) throw error;
      failures.push(cannotDiscard(place.instance, error));
    }
  });
  failWith(cache, failures);
}
