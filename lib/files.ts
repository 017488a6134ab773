// The one door to the file system. Calls are synchronous: each takes microseconds, and a decision that
// looks at several files is not interleaved with others of the same process.

import type {BigIntStats} from 'node:fs';
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

export function isDirectory(path: string): boolean {
  return statOf(path)?.isDirectory() ?? false;
}

/** What a path leads to, with times in nanoseconds; undefined where that cannot be reached. */
export function statOf(path: string): BigIntStats | undefined {
  const codes = ['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP', 'ENAMETOOLONG'];
  return orUndefined(() => fs.statSync(path, {bigint: true}), ...codes);
}

/** The path without symlinks, or undefined where it leads nowhere. */
export function realPath(path: string): string | undefined {
  return orUndefined(() => fs.realpathSync(path), 'ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP');
}

/** Whether a directory has this name, wherever that leads. Fails where the directory cannot be searched. */
export function hasName(path: string): boolean {
  return (
    orUndefined(() => fs.lstatSync(path), 'ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG') !==
    undefined
  );
}

/**
 * Hands on the bytes of a regular file, up to a limit, without waiting for a pipe's writer. A piece is only
 * valid until `take` returns.
 */
export function readPieces(path: string, take: (piece: Buffer) => void, limit = Infinity): void {
  const file = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  try {
    if (!fs.fstatSync(file).isFile()) throw new NotReadable('it is not a file');
    const piece = Buffer.alloc(65_536);
    for (let total = 0; ;) {
      // graceful-fs hands on arguments that are left out as undefined, which reads nothing.
      const size = fs.readSync(file, piece, 0, piece.length, null);
      if (size === 0) return;
      total += size;
      if (total > limit) throw new NotReadable(`it has more than ${String(limit)} bytes`);
      take(piece.subarray(0, size));
    }
  } finally {
    fs.closeSync(file);
  }
}

/** Something is there, but not a file that one would read; the message completes "cannot read it: …". */
export class NotReadable extends Error {
  override readonly name = 'NotReadable';
}
