// The end of streams: jobs are ended, what they wrote is kept where that was wished for, instances are released.

import {nameless, type Cache} from '../cache.js';
import {inParallel} from '../in-parallel.js';
import {releaseHeld} from '../release.js';
import {parseInstanceName} from '../../instance.js';
import type {Session} from './session.js';

/** The value is the sources that the instances were of. */
export async function endStreams(cache: Cache, session: Session): Promise<string[]> {
  const held = session.close();
  await inParallel(held, 8, async ({instance, lease}) => {
    await releaseHeld(cache, {
      name: instance,
      isRightLease: ({id}) => id === lease,
      why: 'the command that its stream was for has ended',
      // Nobody asks for one of a source without a name by itself.
      isForced: instance.startsWith(nameless.prefix),
    });
  });
  return [...new Set(held.map(({instance}) => parseInstanceName(instance)?.source ?? instance))];
}
