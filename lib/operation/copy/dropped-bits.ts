// Files that do not arrive as they are without -p: those with setuid and setgid bits, and devices.

import {lostBits} from '../../copy/check.js';
import {droppedCommand} from '../../copy/dropped-script.js';
import type {Cache} from '../cache.js';
import {askSh} from './ends.js';
import {Notes} from './notes.js';
import type {From, Transfer} from './transfer.js';

/** Whether there are some among what is sent; where there is no find nobody knows. */
export async function hasDropped(
  cache: Cache,
  from: Exclude<From, {kind: 'stream'}>,
  {follows}: Pick<Transfer, 'follows'>,
): Promise<boolean> {
  const {stdout} = await askSh(cache, from, {words: droppedCommand(from.paths, {follows})});
  return stdout.length > 0;
}

export function tellLost(cache: Cache, names: readonly string[]): void {
  const notes = new Notes();
  for (const name of names) notes.add(lostBits, name);
  for (const line of notes.lines()) cache.say(line);
}
