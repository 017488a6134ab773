// That a request cannot be met now: what it is thrown as, and what a type says of it.

import {CrcacheError} from '../errors.js';

/** The failure of a request, with what a type says where that is why. */
export class Exhausted extends CrcacheError {
  override readonly cause: CrcacheError | undefined;

  constructor(message: string, hint: string | undefined, cause: CrcacheError | undefined) {
    super('exhausted', message, hint);
    this.cause = cause;
  }
}

/** What a type says of why something cannot be had now. */
export function causeOf(error: CrcacheError): CrcacheError | undefined {
  return error instanceof Exhausted ? error.cause : error;
}
