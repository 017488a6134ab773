// provision-instance: instances that wait, cached, for whoever acquires them.

import type {Cache, Source} from './cache.js';
import {openSource} from './open-source.js';
import {exhausted} from './exhausted.js';
import {limitsOf} from './limits.js';
import {provisionMore} from './provision.js';
import {countInstances} from './situation.js';

/** Makes `count` more instances, all or none; their names. */
export async function warm(cache: Cache, source: Source, count: number): Promise<string[]> {
  cache.checkGround(source);
  await openSource(cache, source);
  const {state} = source;
  return provisionMore(cache, source, {
    why: `provisioned by ${cache.caller.user}`,
    missing: () => {
      if (state.isDrained) throw exhausted(cache, source, {refusal: 'drained', count});
      const {maximum} = limitsOf(cache, source);
      const refusal = count > maximum ? 'impossible' : 'maximum';
      if (countInstances(state.allPlaces()) + count <= maximum) return count;
      throw exhausted(cache, source, {refusal, count});
    },
  });
}
