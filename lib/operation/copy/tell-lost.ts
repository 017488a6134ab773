// Files that do not arrive as they are without -p, and of which nobody tells on their way.

import {lostBits} from '../../copy/check.js';
import type {Cache} from '../cache.js';
import {Notes} from './notes.js';

/** Tells of those that lose their setuid and setgid bits. */
export function tellLost(cache: Cache, names: readonly string[]): void {
  const notes = new Notes();
  for (const name of names) notes.add(lostBits, name);
  for (const line of notes.lines()) cache.say(line);
}
