// Moves bytes from one pipe to another as they are, for who wants to be told of them.

import {hasCode} from '../errors.js';
import {closeEnd, pipePieceBytes, readSome, writeAll} from '../pipes.js';
import type {Advance} from './pump.js';

/** Moves all there is. Both ends are closed then. */
export async function relay(from: number, to: number, advance: Advance): Promise<void> {
  const buffer = Buffer.allocUnsafe(pipePieceBytes);
  try {
    for (let length = 0; (length = readSome(from, buffer, 0)) > 0;) {
      writeAll(to, buffer.subarray(0, length));
      const told = advance(length);
      if (told !== undefined) await told;
    }
  } catch (error) {
    if (!hasCode(error, 'EPIPE')) throw error; // who reads there says why no more
  } finally {
    closeEnd(from);
    closeEnd(to);
  }
}
