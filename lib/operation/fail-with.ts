// What failed of several things that were all done, whichever of them failed.

import {CrcacheError} from '../errors.js';
import type {Cache} from './cache.js';

/** Fails with the first of them, if there is one; the others are told. */
export function failWith(cache: Cache, failures: readonly CrcacheError[]): void {
  const [first, ...others] = failures;
  for (const other of others) tellFailure(cache, other);
  if (first !== undefined) throw first;
}

/** Tells of what failed and is in the way of nothing. */
export function tellFailure(
  {say}: Pick<Cache, 'say'>,
  {message, hint}: Pick<CrcacheError, 'message' | 'hint'>,
): void {
  say(message);
  if (hint !== undefined) say(`hint: ${hint}`);
}

/** That an instance could not be discarded, and what to do unless its failure says that. */
export function cannotDiscard(instance: string, {kind, message, hint}: CrcacheError): CrcacheError {
  const what = hint ?? `crcache discard-instance --force ${instance}`;
  return new CrcacheError(kind, `cannot discard '${instance}': ${message}`, what);
}
