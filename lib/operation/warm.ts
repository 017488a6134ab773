// provision-instance: instances that wait, cached, for whoever acquires them.

import {wakeFirst} from '../store/queue.js';
import type {Cache, Source} from './cache.js';
import {discardAt} from './discard.js';
import {exhausted} from './exhausted.js';
import {inParallel} from './in-parallel.js';
import {limitsOf} from './limits.js';
import {openSource} from './open-source.js';
import {park} from './park.js';
import type {Refusal} from './plan.js';
import {cacheAt, claimMissing, provisionAt} from './provision.js';
import {Shares} from './shares.js';
import {anything, backable} from './situation.js';

/** Makes `count` more instances, all or none; their names. Nobody can take one before all are made. */
export async function warm(cache: Cache, source: Source, count: number): Promise<string[]> {
  cache.checkGround(source);
  openSource(cache, source);
  const {state, settings} = source;
  const why = `provisioned by ${cache.caller.user}`;
  const missing = (): number => {
    const refusal = refusalOf(cache, source, count);
    if (refusal !== undefined) throw exhausted(cache, source, {refusal, count, cannotWait: true});
    return count;
  };
  const places = await claimMissing(cache, source, {missing, why});
  const shares = new Shares(cache, source, {...anything, count: places.length});
  try {
    if (places.length < count)
      throw exhausted(cache, source, {refusal: 'maximum', count, cannotWait: true});
    await inParallel(places, settings.starting, async (place) => {
      await park(cache, await provisionAt(cache, source, {place, wishes: [], shares}));
    });
  } catch (error) {
    await inParallel(places, settings.starting, async (place) => {
      await discardAt(cache, source, {place, why: 'not all could be provisioned'});
    });
    throw error;
  }
  for (const place of places) cacheAt(state, place, why);
  wakeFirst(state);
  return places.map(({instance}) => instance);
}

/** Why so many more cannot be made now. */
function refusalOf(cache: Cache, source: Source, count: number): Refusal | undefined {
  const {state} = source;
  const {maximum} = limitsOf(cache, source);
  if (state.isDrained) return 'drained';
  if (count > maximum) return 'impossible';
  if (state.takenSlots().size + count > maximum) return 'maximum';
  return count > backable(cache, source) ? 'sources' : undefined;
}
