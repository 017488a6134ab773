// The instance of a stream, for whoever is in the middle of something and cannot wait: another process acquires it.

import {askAtOnce} from '../../ask-at-once.js';
import {CrcacheError} from '../../errors.js';
import type {Cache} from '../cache.js';
import {streamIn} from './names.js';
import {currentSession, instanceHeld} from './session.js';

/** As long as an instance may take to make, and longer. */
const patienceMs = 24 * 3_600_000;

/** The instance that a stream has; undefined where it has not been used yet. */
export function findStream(cache: Cache, word: string): string | undefined {
  const session = currentSession(cache, word);
  const stream = streamIn(word);
  session.sourceOf(stream);
  return instanceHeld(cache, session, stream);
}

export function locateStream(cache: Cache, word: string): string {
  const found = findStream(cache, word);
  if (found !== undefined) return found;
  const {
    program: [node, ...program],
    env,
  } = cache.caller;
  const {status, stdout, stderr} = askAtOnce(node, [...program, 'locate-instance', word], {
    env,
    timeoutMs: patienceMs,
  });
  const lines = stderr.split('\n').filter((line) => line !== '');
  const said = lines.map((line) => line.replace(/^crcache: /, ''));
  if (status === 0) {
    for (const line of said) cache.say(line);
    return stdout.trim();
  }
  const hint = said.at(-1)?.startsWith('hint: ') === true ? said.pop()?.slice(6) : undefined;
  for (const line of said.slice(0, -1)) cache.say(line);
  throw new CrcacheError('failed', said.at(-1) ?? `cannot acquire '${word}'`, hint);
}
