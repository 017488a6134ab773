// The one door to the file system. Calls are synchronous: each takes microseconds, and a decision that
// looks at several files is not interleaved with others of the same process.

import fs from 'fs-extra';
import {hasCode} from './errors.js';

/** The names in a directory; none where there is no directory. */
export function listNames(directory: string): string[] {
  return orUndefined(() => fs.readdirSync(directory), 'ENOENT', 'ENOTDIR') ?? [];
}

/** The text of a file, or undefined where there is none. */
export function readText(path: string): string | undefined {
  return orUndefined(() => fs.readFileSync(path, 'utf8'), 'ENOENT', 'ENOTDIR');
}

export function isExecutable(path: string): boolean {
  const stat = orUndefined(() => fs.statSync(path), 'ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP');
  if (stat?.isFile() !== true) return false;
  return orUndefined(() => (fs.accessSync(path, fs.constants.X_OK), true), 'EACCES') ?? false;
}

/** What a call returns, or undefined where it fails with one of these codes. */
export function orUndefined<Value>(call: () => Value, ...codes: string[]): Value | undefined {
  try {
    return call();
  } catch (error) {
    if (hasCode(error, ...codes)) return undefined;
    throw error;
  }
}
