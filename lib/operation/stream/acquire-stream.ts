// A stream gets its instance when it is first used. Several may want it at once: one acquires it, the others wait.

import {CrcacheError} from '../../errors.js';
import {readText, removeFile, writeWhole} from '../../files.js';
import {decide} from '../../store/lock.js';
import {formatWorker, parseWorker} from '../../store/worker.js';
import {acquire} from '../acquire.js';
import type {Cache} from '../cache.js';
import {wishOutputs} from '../job/keep-outputs.js';
import {isStreamWord, streamsIn} from './names.js';
import {currentSession, instanceHeld, type Session} from './session.js';

const napMs = 20;

/** The instance of a stream. */
export async function acquireStream(
  cache: Cache,
  session: Session,
  stream: string,
): Promise<string> {
  session.sourceOf(stream);
  for (;;) {
    const held = instanceHeld(cache, session, stream);
    if (held !== undefined) return held;
    if (await claim(cache, session, stream)) break;
    await new Promise((resolve) => setTimeout(resolve, napMs));
  }
  try {
    return instanceHeld(cache, session, stream) ?? (await acquireFor(cache, session, stream));
  } finally {
    removeFile(claimOf(session, stream));
  }
}

/** The names of instances that words mean, where each may name several streams; all are acquired at once. */
export async function acquireWords(cache: Cache, words: readonly string[]): Promise<string[]> {
  const all = words.map(async (word) => {
    if (!isStreamWord(word)) return [word];
    const session = currentSession(cache, word);
    const streams = streamsIn(word);
    for (const stream of streams) session.sourceOf(stream);
    return Promise.all(streams.map((stream) => acquireStream(cache, session, stream)));
  });
  // All have ended before the first failure is thrown.
  const ended = await Promise.allSettled(all);
  return ended.flatMap((each) => {
    if (each.status === 'rejected') throw each.reason;
    return each.value;
  });
}

const claimOf = (session: Session, stream: string): string =>
  `${session.directory}/claims/${stream}`;

/** Whether it is us who are to acquire it: nobody else is at it, or who was has died. */
function claim(cache: Cache, session: Session, stream: string): Promise<boolean> {
  const {around} = cache;
  const path = claimOf(session, stream);
  return decide(
    {source: `:${stream}`, directory: session.directory, ...around},
    {
      look: () => {
        const other = parseWorker(readText(path)?.trim() ?? '');
        return other === undefined || around.workshop.fateOf(other) === 'dead';
      },
      act: (isFree) => {
        if (isFree) writeWhole(path, `${formatWorker(around.workshop.newWorker())}\n`);
        return isFree;
      },
    },
  );
}

async function acquireFor(cache: Cache, session: Session, stream: string): Promise<string> {
  const {waitMs, outputs} = session.facts;
  const source = session.sourceOf(stream);
  const request = {source, count: 1, waitMs: waitMs ?? undefined, forPid: session.owner.pid};
  const acquired = await acquire(cache, request);
  const [instance = ''] = acquired.names;
  if (outputs !== null) {
    wishOutputs(cache.source(source).state.instancePath(instance), `${outputs}/${stream}`);
  }
  if (!session.keep({stream, instance, lease: acquired.lease})) {
    await acquired.giveBack();
    throw new CrcacheError('failed', `the streams ended while ':${stream}' was being acquired`);
  }
  acquired.confirm();
  return instance;
}
