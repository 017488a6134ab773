// What is said of imports that cannot be brought or undone.

import {CrcacheError, describeErrno, isFromSystem} from '../../errors.js';

/** Does something for imports; a failure of it, the system's too, says first what failed. */
export async function saying(what: string, act: () => Promise<void> | undefined): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (isFromSystem(error)) throw new CrcacheError('failed', `${what}: ${describeErrno(error)}`);
    if (!(error instanceof CrcacheError)) throw error;
    throw new CrcacheError(error.kind, `${what}: ${error.message}`, error.hint);
  }
}
