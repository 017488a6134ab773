// run -d in streams: a job in each, as soon as that is there, or in all of them at once.

import {CrcacheError} from '../../errors.js';
import {newNonce} from '../../store/worker.js';
import type {Cache} from '../cache.js';
import {checkBlock} from '../block/block.js';
import type {Job} from '../job/job.js';
import {killJobs} from '../job/kill-job.js';
import {runDetached, type JobRequest} from '../job/start-job.js';
import {acquireWords} from './acquire-stream.js';
import {currentSession} from './session.js';
import {isStreamName, spreadWords} from './names.js';

export interface StartRequest extends Omit<JobRequest, 'set'> {
  /** The jobs begin when all instances are there, and not one after the other; by what name that is told. */
  readonly together: string | undefined;
}

/** Starts a job in each instance that a word names. One that cannot be started keeps none from its start, but where they begin together. */
export async function startJobs(
  cache: Cache,
  {together, ...request}: StartRequest,
): Promise<Job[]> {
  const {block, words: given} = request;
  if (block !== undefined) await checkBlock(cache, {block, words: given});
  const words = spreadWords([request.instance]);
  if (together !== undefined) {
    currentSession(cache, request.instance);
    if (!isStreamName(together)) {
      throw new CrcacheError('usage', `'${together}' is no name: letters, digits and . _ - are`);
    }
    const set = {name: `${together}@${newNonce()}`, count: words.length};
    await acquireWords(cache, words);
    return orNone(
      cache,
      words.map((instance) => runDetached(cache, {...request, instance, set})),
    );
  }
  return all(
    words.map(async (word) => {
      const [instance = word] = await acquireWords(cache, [word]);
      return runDetached(cache, {...request, instance});
    }),
  );
}

/** Where one of those that are to begin together cannot, the others do not wait for it. */
async function orNone(cache: Cache, starts: readonly Promise<Job>[]): Promise<Job[]> {
  try {
    return await all(starts);
  } catch (error) {
    const ended = await Promise.allSettled(starts);
    const started = ended.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    await killJobs(cache, started, {signal: undefined, graceMs: 0});
    throw error;
  }
}

/** All have started, or not, before the first failure is thrown. */
async function all(starts: readonly Promise<Job>[]): Promise<Job[]> {
  const ended = await Promise.allSettled(starts);
  return ended.map((each) => {
    if (each.status === 'rejected') throw each.reason;
    return each.value;
  });
}
