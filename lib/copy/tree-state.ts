// What a tree of files holds, so that two of them, or one at two times, can be compared. Names are bytes: each
// stands in a string of latin1.

import fs from 'node:fs';
import {encodeBytes} from '../bytes.js';
import {late} from '../late.js';

/** One word that says all that is compared of an entry: what it is, its mode, and what it holds. */
export type TreeState = ReadonlyMap<string, string>;

/** What a directory holds, or one below it, by path from it; what is above comes before what is below. */
export function scanTree(root: string, from = ''): TreeState {
  const found = new Map<string, string>();
  const visit = (below: string): void => {
    const names = fs.readdirSync(pathIn(root, below), {encoding: 'buffer'});
    for (const name of names.map((each) => each.toString('latin1')).sort()) {
      const path = below === '' ? name : `${below}/${name}`;
      const state = stateOf(root, path);
      if (state === undefined) continue;
      found.set(path, state);
      if (isDirectoryState(state)) visit(path);
    }
  };
  visit(from);
  return found;
}

/** The state of one entry; undefined where there is none. Symlinks are not followed. */
export function stateOf(root: string, path: string): string | undefined {
  const whole = pathIn(root, path);
  const entry = fs.lstatSync(whole, {throwIfNoEntry: false});
  if (entry === undefined) return undefined;
  const mode = (entry.mode & 0o777).toString(8);
  if (entry.isDirectory()) return `directory ${mode}`;
  if (entry.isSymbolicLink()) {
    return `symlink ${fs.readlinkSync(whole, {encoding: 'buffer'}).toString('latin1')}`;
  }
  return entry.isFile() ? `file ${mode} ${contentOf(whole)}` : 'special';
}

/** Whether all directories above it are there, none of them as a symlink. */
export function isReached(root: string, path: string): boolean {
  const parts = path.split('/').slice(0, -1);
  const above = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  return above.every((each) => isDirectoryState(stateOf(root, each)));
}

/** The same of an entry that is reached without a symlink. */
export function stateIn(root: string, path: string): string | undefined {
  return isReached(root, path) ? stateOf(root, path) : undefined;
}

export const isDirectoryState = (state: string | undefined): boolean =>
  state?.startsWith('directory ') ?? false;

function contentOf(path: Buffer): string {
  const hash = late('node:crypto').createHash('sha256');
  const piece = Buffer.allocUnsafe(1 << 18);
  const file = fs.openSync(path, 'r');
  try {
    for (let length; (length = fs.readSync(file, piece)) > 0;) {
      hash.update(piece.subarray(0, length));
    }
  } finally {
    fs.closeSync(file);
  }
  return hash.digest('hex');
}

export function pathIn(root: string, path: string): Buffer {
  return Buffer.concat([encodeBytes(`${root}/`), Buffer.from(path, 'latin1')]);
}
