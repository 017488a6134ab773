// A shell without job control has what runs beside it ignore INT and QUIT, and so would the command that a tool starts.

import {CrcacheError} from '../errors.js';
import type {Ask} from './source.js';

/** By this, before its words, a tool has them as they are by default. */
export const withSignals = 'env --default-signal=INT,QUIT';

/** Fails where this machine's env does not do that, as that of busybox. */
export async function needSignals(ask: Ask): Promise<undefined> {
  const {status} = await ask('env', ['--default-signal=INT,QUIT', 'true']);
  if (status === 0) return;
  throw new CrcacheError(
    'failed',
    "the 'env' of this machine has no --default-signal",
    "that of GNU's coreutils has: install the package 'coreutils'",
  );
}
