// A stream of data on stdout, such as an archive, where a command writes one.

import {CrcacheError} from '../errors.js';
import type {Context} from './context.js';
import {exitStatus, FailureBesideCommand, isBrokenPipe} from './exit-status.js';

/** Writes an archive to stdout. Without its reader it is not whole, which is a failure as for any program. */
export async function writeArchive<Value>(
  {stdout}: Context,
  write: () => Promise<Value>,
): Promise<Value> {
  if (stdout.isTerminal) {
    throw new CrcacheError(
      'usage',
      'stdout is a terminal, which shows no archive',
      'send it to a file, or to a program such as tar',
    );
  }
  try {
    return await write();
  } catch (error) {
    throw isBrokenPipe(error) ? new FailureBesideCommand(error, exitStatus.failed) : error;
  }
}
