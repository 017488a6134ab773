// Reads one file of a configuration. Whatever is there under its name, the answer is text or a problem.

import {describeErrno, hasCode} from '../errors.js';
import {exists} from '../files.js';
import {NotReadable, readPieces} from '../pieces.js';
import type {Problem} from './problem.js';

/** More than anyone writes by hand. */
const largestBytes = 1_048_576;

export type FileReading =
  | {readonly text: string; readonly problem?: undefined}
  | {readonly text?: undefined; readonly problem: Problem};

/** The text of a file, or why it cannot be read; undefined where there is nothing of this name. */
export function readConfigFile(file: string): FileReading | undefined {
  const pieces: Buffer[] = [];
  try {
    readPieces(file, (piece) => pieces.push(Buffer.from(piece)), largestBytes);
    return {text: Buffer.concat(pieces).toString('utf8')};
  } catch (error) {
    const reason = reasonOf(error, file);
    return reason === undefined
      ? undefined
      : {problem: {file, line: 0, message: `cannot read it: ${reason}`}};
  }
}

function reasonOf(error: unknown, file: string): string | undefined {
  if (error instanceof NotReadable) return error.message;
  if (hasCode(error, 'ENOENT', 'ENOTDIR')) {
    return exists(file) ? 'it is a symlink that leads nowhere' : undefined;
  }
  if (error instanceof Error && 'syscall' in error) {
    return describeErrno({name: error.name, message: error.message});
  }
  throw error;
}
