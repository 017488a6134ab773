// drain-source: a source is taken out of use.

import {wakeFirst} from '../store/queue.js';
import type {Cache, Source} from './cache.js';
import {openSource} from './open-source.js';
import {discardAt} from './discard.js';
import {inParallel} from './in-parallel.js';

/** Takes a source out of use and discards what it has cached, or takes it back into use. */
export async function drain(cache: Cache, source: Source, isDrained: boolean): Promise<void> {
  openSource(cache, source);
  const {state} = source;
  state.setDrained(isDrained);
  wakeFirst(state);
  if (!isDrained) return;
  await inParallel(state.placesIn('cached'), source.settings.starting, async (place) => {
    await discardAt(cache, source, {place, why: 'its source is drained'});
  });
}
