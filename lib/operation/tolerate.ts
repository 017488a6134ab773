// Reading what may be damaged: a file that cannot be read is told of, and never in the way of all the others.

import {CrcacheError, describeErrno, isFromSystem} from '../errors.js';
import type {Cache} from './cache.js';

/** What `read` returns, or undefined where it fails, which the user is told; `of` names what is being read. */
export function tolerate<Value>(cache: Cache, of: string, read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof CrcacheError) cache.say(`${of}: ${error.message}`);
    else if (isFromSystem(error)) cache.say(`${of}: ${describeErrno(error)}`);
    else throw error;
    return undefined;
  }
}
