// The one door to the file system. Calls on single files are synchronous: each takes microseconds, and a decision
// that looks at several is not interleaved with others of the same process. fs-extra, for trees, is loaded when the
// first one is copied.

import fs, {type BigIntStats} from 'node:fs';
import {hasCode} from './errors.js';

/** The names in a directory; none where there is no directory. */
export function listNames(directory: string): string[] {
  return orUndefined(() => fs.readdirSync(directory), 'ENOENT', 'ENOTDIR') ?? [];
}

/** The text of a file, or undefined where there is none. */
export function readText(path: string): string | undefined {
  return orUndefined(() => fs.readFileSync(path, 'utf8'), 'ENOENT', 'ENOTDIR');
}

/** The bytes of a file, or undefined where there is none. */
export function readBytes(path: string): Buffer | undefined {
  return orUndefined(() => fs.readFileSync(path), 'ENOENT', 'ENOTDIR');
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

/** Where a symlink points; undefined where there is none. */
export function readLink(path: string): string | undefined {
  return orUndefined(() => fs.readlinkSync(path), 'ENOENT', 'ENOTDIR', 'EINVAL');
}

/** Whether there is anything of this name, a symlink to nowhere included. Fails where nobody may look. */
export function exists(path: string): boolean {
  const codes = ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'];
  return orUndefined(() => fs.lstatSync(path), ...codes) !== undefined;
}

/** Renames; false where there is nothing of the old name. */
export function renameIfThere(from: string, to: string): boolean {
  return orUndefined(() => (fs.renameSync(from, to), true), 'ENOENT') ?? false;
}

/** Renames a directory to a name that is free or an empty directory; false where it is taken. */
export function renameToFree(from: string, to: string): boolean {
  const taken = ['ENOTEMPTY', 'EEXIST', 'ENOTDIR'];
  return orUndefined(() => (fs.renameSync(from, to), true), ...taken) ?? false;
}

export function makeDirectory(path: string): void {
  fs.mkdirSync(path, {recursive: true, mode: 0o700});
}

export function makeLink(target: string, path: string): void {
  fs.symlinkSync(target, path);
}

/** Removes a file or symlink; false where there is none. */
export function removeFile(path: string): boolean {
  return orUndefined(() => (fs.unlinkSync(path), true), 'ENOENT') ?? false;
}

/** Removes a directory and all below; what is gone already is fine. */
export function removeTree(path: string): void {
  fs.rmSync(path, {recursive: true, force: true, maxRetries: 3});
}

/** Writes a file so that readers see the old one or the new one, whole; `flush` makes it survive a power cut. */
export function writeWhole(path: string, text: string, options?: {flush: boolean}): void {
  const temporary = `${path}.${Math.random().toString(36).slice(2)}.new`;
  try {
    fs.writeFileSync(temporary, text, {mode: 0o600, flush: options?.flush ?? false});
    fs.renameSync(temporary, path);
  } catch (error) {
    fs.rmSync(temporary, {force: true});
    throw error;
  }
}

/** Adds to the end of a file, in one write. */
export function append(path: string, text: string): void {
  fs.appendFileSync(path, text, {mode: 0o600});
}

/** Makes a directory's entries survive a power cut. */
export function flushDirectory(path: string): void {
  const directory = fs.openSync(path, 'r');
  try {
    fs.fsyncSync(directory);
  } finally {
    fs.closeSync(directory);
  }
}

/** What tells a directory from another one that took its name. */
export interface DirectoryMark {
  readonly inode: number;
  readonly modifiedMs: number;
}

export function markOf(path: string): DirectoryMark | undefined {
  const stat = fs.statSync(path, {throwIfNoEntry: false});
  return stat === undefined ? undefined : {inode: stat.ino, modifiedMs: stat.mtimeMs};
}

/** The calls that proper-lockfile makes. */
export const fileCalls = {
  mkdirSync: fs.mkdirSync,
  realpathSync: fs.realpathSync,
  rmdirSync: fs.rmdirSync,
  statSync: fs.statSync,
  utimesSync: fs.utimesSync,
};

/** Writes a file that must not exist yet; false where it does. Readers see it whole. */
export function writeOnce(path: string, text: string): boolean {
  const temporary = `${path}.${Math.random().toString(36).slice(2)}.new`;
  try {
    fs.writeFileSync(temporary, text, {mode: 0o600});
    return orUndefined(() => (fs.linkSync(temporary, path), true), 'EEXIST') ?? false;
  } finally {
    fs.rmSync(temporary, {force: true});
  }
}

/** Sets a file's times to now; false where there is none. */
export function touch(path: string): boolean {
  const now = new Date();
  return orUndefined(() => (fs.utimesSync(path, now, now), true), 'ENOENT') ?? false;
}

export function isDirectory(path: string): boolean {
  return statOf(path)?.isDirectory() ?? false;
}

/** Where something is mounted below a directory, innermost first. */
export function mountsBelow(directory: string): string[] {
  const table = readText('/proc/self/mountinfo') ?? '';
  const points = table.split('\n').map((line) => line.split(' ')[4] ?? '');
  return points
    .map((point) => point.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => byte(octal)))
    .filter((point) => point.startsWith(`${directory}/`))
    .reverse();
}

function byte(octal: string): string {
  return String.fromCharCode(parseInt(octal, 8));
}

/** Copies a directory and all below, modes and times included. */
export async function copyTree(from: string, to: string): Promise<void> {
  const {copy} = (await import('fs-extra')).default;
  await copy(from, to, {preserveTimestamps: true});
}

export function makeExecutable(path: string): void {
  fs.chmodSync(path, 0o700);
}

/** Calls when a file is touched, written or renamed; the value ends that. */
export function watchFile(path: string, onChange: () => void): () => void {
  const watcher = fs.watch(path, {persistent: false}, onChange);
  watcher.on('error', () => undefined); // whoever watches also looks by itself
  return () => {
    watcher.close();
  };
}

/** A file's size in bytes; 0 where there is none. */
export function sizeOf(path: string): number {
  return fs.statSync(path, {throwIfNoEntry: false})?.size ?? 0;
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
