// What failed of several things that were all done, whichever of them failed.

import type {CrcacheError} from '../errors.js';
import type {Cache} from './cache.js';

/** Fails with the first of them, if there is one; the others are told. */
export function failWith({say}: Cache, failures: readonly CrcacheError[]): void {
  const [first, ...others] = failures;
  for (const {message} of others) say(message);
  if (first !== undefined) throw first;
}
