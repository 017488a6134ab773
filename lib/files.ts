// The door to the file system, for single files. Calls on them are synchronous: each takes microseconds, and a decision
// that looks at several is not interleaved with others of the same process.

import fs, {type BigIntStats} from 'node:fs';
import {dirname} from 'node:path';
import {decodeBytes, encodeBytes, isText} from './bytes.js';
import {CrcacheError, hasCode, isFromSystem} from './errors.js';

/** The names in a directory; none where there is no directory. */
export function listNames(directory: string): string[] {
  return orUndefined(() => fs.readdirSync(directory), 'ENOENT', 'ENOTDIR') ?? [];
}

/** The text of a file, or undefined where there is none. */
export function readText(path: string): string | undefined {
  return orUndefined(() => named(path, () => fs.readFileSync(path, asText)), 'ENOENT', 'ENOTDIR');
}

/** Of a word, node makes such an object anew at each call. */
const asText = {encoding: 'utf8'} as const;

/** The bytes of a file, or undefined where there is none. */
export function readBytes(path: string): Buffer | undefined {
  return orUndefined(() => named(path, () => fs.readFileSync(path)), 'ENOENT', 'ENOTDIR');
}

export function isExecutable(path: string): boolean {
  const stat = orUndefined(() => fs.statSync(path), 'ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP');
  if (stat?.isFile() !== true) return false;
  return orUndefined(() => (fs.accessSync(path, fs.constants.X_OK), true), 'EACCES') ?? false;
}

/** Whether this process may make files in a directory. */
export function mayWrite(directory: string): boolean {
  const codes = ['EACCES', 'EPERM', 'EROFS', 'ENOENT'];
  return orUndefined(() => (fs.accessSync(directory, fs.constants.W_OK), true), ...codes) ?? false;
}

/** What is often asked for in vain is asked so: a failure takes longer than ten answers. */
const noFailure = {throwIfNoEntry: false} as const;

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
  const codes = ['ENOTDIR', 'ELOOP', 'ENAMETOOLONG'];
  return orUndefined(() => fs.lstatSync(path, noFailure), ...codes) !== undefined;
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

/** Makes a directory, and those above it unless it is to be alone. */
export function makeDirectory(path: string, which: 'all' | 'alone' = 'all'): void {
  if (isDirectory(path)) return;
  // Node's own way up is endless where the kernel says of a directory that there is none, and none can be made, as in /proc.
  if (which === 'all' && path !== dirname(path)) makeDirectory(dirname(path));
  try {
    fs.mkdirSync(path, {mode: 0o700});
  } catch (error) {
    if (isDirectory(path)) return;
    if (hasCode(error, 'EEXIST'))
      throw new CrcacheError('failed', `cannot use '${path}': it is no directory`);
    throw error;
  }
}

export function makeLink(target: string, path: string): void {
  fs.symlinkSync(target, path);
}

/** Removes a file or symlink; false where there is none. */
export function removeFile(path: string): boolean {
  return orUndefined(() => (fs.unlinkSync(path), true), 'ENOENT', 'ENOTDIR') ?? false;
}

/** Removes a directory that has nothing in it, and nothing else. */
export function removeIfEmpty(path: string): void {
  if (!exists(path)) return; // a file system that is read-only says so also of what is not there
  orUndefined(() => (fs.rmdirSync(path), true), 'ENOENT', 'ENOTEMPTY', 'ENOTDIR');
}

/** Writes a file so that readers see the old one or the new one, whole; `flush` makes it survive a power cut. */
export function writeWhole(path: string, text: string, options?: {flush: boolean}): void {
  const temporary = temporaryFor(path);
  try {
    fs.writeFileSync(temporary, encodeBytes(text), {mode: 0o600, flush: options?.flush ?? false});
    fs.renameSync(temporary, path);
  } catch (error) {
    fs.rmSync(temporary, {force: true});
    throw naming(path, error);
  }
}

const temporaryFor = (path: string): string => `${path}.${Math.random().toString(36).slice(2)}.new`;

/** Does something with an open file; a failure names it, as that of opening does. */
export function named<Value>(path: string, call: () => Value): Value {
  try {
    return call();
  } catch (error) {
    throw naming(path, error);
  }
}

/** A failed write names no file, and one to a temporary name not the file that people know. */
function naming(path: string, error: unknown): unknown {
  return isFromSystem(error) ? Object.assign(error, {path}) : error;
}

/** A file that has been half written for so long has lost its writer. */
const halfWrittenMs = 3_600_000;

/** Removes what processes left in a directory that died before they had written a file whole. */
export function removeHalfWritten(directory: string): void {
  for (const name of listNames(directory).filter((each) => each.endsWith('.new'))) {
    const path = `${directory}/${name}`;
    const entry = entryOf(path);
    if (entry?.isFile() !== true) continue;
    if (Date.now() - Number(entry.mtimeMs) > halfWrittenMs) removeFile(path);
  }
}

/** Adds to the end of a file, in one write. */
export function append(path: string, text: string): void {
  named(path, () => {
    fs.appendFileSync(path, text, {mode: 0o600});
  });
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
  const temporary = temporaryFor(path);
  try {
    fs.writeFileSync(temporary, text, {mode: 0o600});
    return orUndefined(() => (fs.linkSync(temporary, path), true), 'EEXIST') ?? false;
  } catch (error) {
    throw naming(path, error);
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

export function makeExecutable(path: string): void {
  fs.chmodSync(path, 0o700);
}

/** Takes a file's or directory's access from all but its owner. */
export function makePrivate(path: string): void {
  fs.chmodSync(path, fs.statSync(path).mode & 0o700);
}

/** Gives a file or directory the mode of another one. */
export function copyMode(from: string, to: string): void {
  fs.chmodSync(to, fs.statSync(from).mode & 0o7777);
}

/** A file's size in bytes; 0 where there is none. */
export function sizeOf(path: string): number {
  return fs.statSync(path, noFailure)?.size ?? 0;
}

/** What a path, of any bytes, leads to, with times in nanoseconds; undefined where that cannot be reached. */
export function statOf(path: string): BigIntStats | undefined {
  const real = isText(path) ? path : encodeBytes(path);
  return orUndefined(() => fs.statSync(real, {bigint: true, ...noFailure}), ...unreachable);
}

/** Whether a path leads to a btrfs, by the number that statfs(2) has for that. */
export function isOnBtrfs(path: string): boolean {
  return orUndefined(() => fs.statfsSync(path).type, 'ENOENT', ...unreachable) === 0x9123683e;
}

/** What there is under a name itself: a symlink is not followed. */
export function entryOf(path: string): BigIntStats | undefined {
  return orUndefined(() => fs.lstatSync(path, {bigint: true, ...noFailure}), ...unreachable);
}

const unreachable = ['ENOTDIR', 'EACCES', 'ELOOP', 'ENAMETOOLONG'];

/** When a file or symlink itself was last written, renamed or given another mode; undefined where there is none. */
export function changedAt(path: string): Date | undefined {
  return orUndefined(() => fs.lstatSync(path, noFailure), 'ENOTDIR', 'ENAMETOOLONG')?.ctime;
}

/** A path of any bytes without symlinks, or undefined where it leads nowhere. */
export function realPath(path: string): string | undefined {
  const codes = ['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP'];
  // The other one makes UTF-8 of whatever it is given.
  const real = orUndefined(() => fs.realpathSync.native(encodeBytes(path), 'buffer'), ...codes);
  return real && decodeBytes(real);
}
