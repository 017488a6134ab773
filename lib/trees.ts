// Whole trees of files. fs-extra is loaded when the first one is copied as it is.

import fs from 'node:fs';
import {CrcacheError, isFromSystem} from './errors.js';
import {
  entryOf,
  listNames,
  makeDirectory,
  makeLink,
  orUndefined,
  readText,
  realPath,
  statOf,
} from './files.js';
import {mountPoints} from './mount-table.js';

/** Copies a directory and all below, modes and times included. */
export async function copyTree(from: string, to: string): Promise<void> {
  const {copy} = (await import('fs-extra')).default;
  await copy(from, to, {preserveTimestamps: true});
}

/**
 * Copies a directory for whoever is to find it as it is at this moment, wherever the copy stands: what symlinks lead to is
 * in it, as a file. What can be no copy (a directory that a symlink leads to, a pipe, what may not be read) is led to.
 */
export function keepDirectory(from: string, to: string): void {
  makeDirectory(to);
  for (const name of listNames(from)) {
    const path = `${from}/${name}`;
    const kept = `${to}/${name}`;
    if (statOf(path)?.isFile() === true) {
      if (!keepFile(path, kept)) makeLink(path, kept);
    } else if (entryOf(path)?.isDirectory() === true) keepDirectory(path, kept);
    else makeLink(realPath(path) ?? path, kept);
  }
}

function keepFile(path: string, kept: string): boolean {
  return orUndefined(() => (fs.copyFileSync(path, kept), true), 'EACCES', 'ENOENT') ?? false;
}

/**
 * Removes a directory and all below; what is gone already is fine. What is mounted there is somebody's files, and a failure,
 * after which this is to be called again.
 */
export function removeTree(path: string, again?: string): void {
  // For an empty one nobody need look around: the kernel keeps what something is mounted at.
  const reasons = ['ENOENT', 'ENOTEMPTY', 'EBUSY', 'ENOTDIR', 'EACCES', 'EPERM', 'EROFS'];
  if (orUndefined(() => (fs.rmdirSync(path), true), ...reasons) === true) return;
  const [mount] = mountsIn(path);
  if (mount !== undefined) {
    throw new CrcacheError(
      'failed',
      `cannot remove '${path}': '${mount}' is still mounted`,
      [`umount '${mount}'`, ...(again === undefined ? [] : [again])].join('; '),
    );
  }
  if (!removeIfSmall(path)) fs.rmSync(path, {recursive: true, force: true, maxRetries: 3});
}

/**
 * Removes a file, or a directory with all below, where that is little and on one file system. False where something may be
 * left: that is for rm(1), which does not keep this process from all else.
 */
export function removeIfSmall(path: string): boolean {
  try {
    const {dev} = fs.lstatSync(path);
    const found: Found[] = [];
    if (!findFew(path, {dev, found})) return false;
    for (const {path: each, isDirectory} of found.reverse()) {
      (isDirectory ? fs.rmdirSync : fs.unlinkSync)(each);
    }
    return true;
  } catch (error) {
    if (isFromSystem(error)) return false;
    throw error;
  }
}

interface Found {
  readonly path: string;
  readonly isDirectory: boolean;
}

/** To remove so many takes as long as to start a program. */
const few = 100;

/** Finds something and all below it, directories first; false where that is too much, or not on this device. */
function findFew(path: string, {dev, found}: {dev: number; found: Found[]}): boolean {
  const stat = fs.lstatSync(path);
  const isDirectory = stat.isDirectory();
  found.push({path, isDirectory});
  if (found.length > few || stat.dev !== dev) return false;
  const names = isDirectory ? fs.readdirSync(path) : [];
  return names.every((name) => findFew(`${path}/${name}`, {dev, found}));
}

/** Where something is mounted at a directory or below it, innermost first. */
export function mountsIn(directory: string): string[] {
  const entry = orUndefined(() => fs.lstatSync(directory), 'ENOENT', 'ENOTDIR');
  const real = entry?.isDirectory() === true ? realPath(directory) : undefined;
  if (real === undefined) return [];
  return mountPoints(readText('/proc/self/mountinfo') ?? '', real);
}
