// Files of a tree that is somebody else's, who may put one thing in the place of another at any time. They are held before
// they are looked at: no symlink is followed, nothing is opened before it is known what it is, and what is held stays
// that file whatever becomes of its name.

import fs from 'node:fs';
import {encodeBytes} from '../bytes.js';
import {isFromSystem} from '../errors.js';
import {orUndefined} from '../files.js';

/** O_PATH of Linux: neither is anything read or waited for, nor does a device hear of it. */
const holding = 0o10000000;

const {O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_DIRECTORY} = fs.constants;

/** The path of what is held. */
export function heldPath(descriptor: number): string {
  return `/proc/self/fd/${String(descriptor)}`;
}

/** The path of a name in a directory that is held. */
export function pathIn(directory: number, name: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${heldPath(directory)}/`), name]);
}

/** Holds what has this name there, a symlink itself. */
export function hold(directory: number, name: Buffer): number {
  return fs.openSync(pathIn(directory, name), holding | O_NOFOLLOW);
}

/** The same; undefined where there is nothing. */
export function holdIfThere(directory: number, name: Buffer): number | undefined {
  return orUndefined(() => hold(directory, name), 'ENOENT');
}

/**
 * Whether two are on one mount. A name at which another namespace has mounted something is not busy for us: to rename to it,
 * or to remove it, is to unmount that.
 */
export function areOnOneMount(one: number, other: number): boolean {
  const mount = mountOf(one);
  return mount !== undefined && mount === mountOf(other);
}

function mountOf(descriptor: number): string | undefined {
  const told = fs.readFileSync(`/proc/self/fdinfo/${String(descriptor)}`, 'latin1');
  return /^mnt_id:\s*([0-9]+)$/m.exec(told)?.[1];
}

export function holdDirectory(directory: number, name: Buffer): number {
  return fs.openSync(pathIn(directory, name), holding | O_NOFOLLOW | O_DIRECTORY);
}

/** Holds a file of our own; with a slash at its end, it is the directory behind a symlink. */
export function holdOwn(path: string): number {
  const isLink = path.endsWith('/') ? 0 : O_NOFOLLOW;
  return fs.openSync(encodeBytes(path), holding | isLink);
}

/**
 * Holds what an absolute path leads to below a directory; undefined where it leads nowhere, or by a symlink or '..', which
 * whoever is there has to follow.
 */
export function holdBelow(root: string, path: string): number | undefined {
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  if (!path.startsWith('/') || names.includes('..')) return undefined;
  const last = path.endsWith('/') ? undefined : names.pop();
  return unlessFails(() => {
    let held = fs.openSync(root, holding | O_DIRECTORY);
    for (const name of names) held = exchange(held, holdDirectory, name);
    return last === undefined ? held : exchange(held, hold, last);
  });
}

/** What is held no more, for what is in it. */
function exchange(held: number, holdIn: typeof hold, name: string): number {
  try {
    return holdIn(held, encodeBytes(name));
  } finally {
    fs.closeSync(held);
  }
}

/** Opens what is held for reading; nobody is waited for. */
export function openHeld(descriptor: number): number {
  return fs.openSync(heldPath(descriptor), O_RDONLY | O_NONBLOCK);
}

/** What an act gives; why one fails says whoever does the same by other means. */
export function unlessFails<Value>(act: () => Value): Value | undefined {
  try {
    return act();
  } catch (error) {
    if (!isFromSystem(error)) throw error;
    return undefined;
  }
}
