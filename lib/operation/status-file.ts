// How a command ended, for whoever cannot tell that from an exit status alone: KEY=VALUE lines in a file.

import {CrcacheError, isFromSystem} from '../errors.js';
import {writeFacts} from '../store/record.js';

export interface Ending {
  readonly status: number;
  readonly signal?: string | undefined;
  /** `lost`: the way into the instance broke; `crcache`: what failed was ours. */
  readonly why: 'exited' | 'signalled' | 'timeout' | 'lost' | 'crcache';
}

/** Writes a status file, whole; readers see all of it or none. */
export function writeStatusFile(path: string, {status, signal, why}: Ending): void {
  const facts = {status: String(status), ...(signal === undefined ? {} : {signal}), why};
  try {
    writeFacts(path, facts);
  } catch (error) {
    if (!isFromSystem(error)) throw error;
    throw new CrcacheError('failed', `cannot write the status file '${path}': ${error.code ?? ''}`);
  }
}
