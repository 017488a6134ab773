// The end of streams: jobs are ended, what they wrote is kept where that was wished for, instances are released.

import {CrcacheError} from '../../errors.js';
import {sourceNameOf} from '../../instance.js';
import type {Cache, HeldRelease} from '../cache.js';
import {inParallel} from '../in-parallel.js';
import {endJobs} from '../job/keep-outputs.js';
import {nameless} from '../known-sources.js';
import {finishRelease, takeBack} from '../release.js';
import type {Session} from './session.js';

export interface StreamsEnd {
  /** How long jobs have to end by themselves. */
  readonly graceMs: number;
  readonly onFailure?: HeldRelease['onFailure'];
}

/** The value is the sources that the instances were of. */
export async function endStreams(
  cache: Cache,
  session: Session,
  {graceMs, onFailure}: StreamsEnd,
): Promise<string[]> {
  const held = session.close();
  const taken = held.flatMap(({instance, lease}) => {
    const why = 'the command that its stream was for has ended';
    return takeBack(cache, {name: instance, isRightLease: ({id}) => id === lease, why}) ?? [];
  });
  await endTogether(
    cache,
    taken.map(({instance}) => instance),
    graceMs,
  );
  await inParallel(taken, 8, async (place) => {
    const {instance} = place;
    // Nobody asks for one of a source without a name by itself.
    const isForced = instance.startsWith(nameless.prefix);
    await finishRelease(cache, cache.source(sourceNameOf(instance)), {place, isForced, onFailure});
  });
  return [...new Set(held.map(({instance}) => sourceNameOf(instance)))];
}

/** The jobs of all have one grace together. One that does not end is told of when its instance is released. */
async function endTogether(cache: Cache, names: readonly string[], graceMs: number): Promise<void> {
  try {
    await endJobs(cache, names, graceMs);
  } catch (error) {
    if (!(error instanceof CrcacheError)) throw error;
  }
}
