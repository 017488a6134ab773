// How one file of a directory that came gets into another directory: whole or not at all. It belongs to whom the one
// before it, or the directory, belongs.

import fs from 'node:fs';
import {orUndefined} from '../files.js';
import {isDirectoryState, pathIn, type TreeState} from './tree-state.js';

interface Came {
  readonly came: string;
  readonly theirs: TreeState;
  /** Makes names that exist for a moment our own. */
  readonly suffix: string;
}

/** Puts an entry to a place; a directory is open to its owner alone until it gets its mode. */
export function place({came, suffix}: Came, path: string, target: Buffer): void {
  const source = pathIn(came, path);
  const entry = fs.lstatSync(source);
  const before = fs.lstatSync(target, {throwIfNoEntry: false});
  inWritable(target, (parent) => {
    const owner = before ?? fs.lstatSync(parent);
    if (entry.isDirectory()) {
      if (before === undefined) fs.mkdirSync(target, 0o700);
      giveTo(target, owner);
      return;
    }
    const part = Buffer.concat([parent, Buffer.from(`/.crcache${suffix}`)]);
    fs.rmSync(part, {force: true});
    if (entry.isSymbolicLink()) {
      fs.symlinkSync(fs.readlinkSync(source, {encoding: 'buffer'}), part);
      giveTo(part, owner);
    } else {
      fs.copyFileSync(source, part, fs.constants.COPYFILE_EXCL);
      fs.utimesSync(part, entry.atime, entry.mtime);
      giveTo(part, owner);
      fs.chmodSync(part, entry.mode & 0o777);
    }
    fs.renameSync(part, target);
  });
}

/** Puts an entry and all that is below it to a place. */
export function placeTree(from: Came, path: string, target: Buffer): void {
  const all = [...from.theirs.keys()].filter(
    (each) => each === path || each.startsWith(`${path}/`),
  );
  const targetOf = (each: string): Buffer =>
    Buffer.concat([target, Buffer.from(each.slice(path.length), 'latin1')]);
  for (const each of all)
    if (from.theirs.get(each) !== 'special') place(from, each, targetOf(each));
  const directories = all.filter((each) => isDirectoryState(from.theirs.get(each)));
  for (const each of directories.reverse()) setMode(from, each, targetOf(each));
}

export function setMode({came}: Pick<Came, 'came'>, path: string, target: Buffer): void {
  fs.chmodSync(target, fs.lstatSync(pathIn(came, path)).mode & 0o777);
}

/** Removes a file, or a directory that is empty. */
export function remove(target: Buffer): void {
  inWritable(target, () => {
    if (fs.lstatSync(target).isDirectory()) fs.rmdirSync(target);
    else fs.unlinkSync(target);
  });
}

/** A directory that is not to be written is made writable for a moment. */
function inWritable(target: Buffer, act: (parent: Buffer) => void): void {
  const parent = target.subarray(0, target.lastIndexOf('/'));
  const mode = fs.statSync(parent).mode & 0o7777;
  const isOpen = (mode & 0o200) !== 0;
  if (!isOpen) fs.chmodSync(parent, mode | 0o200);
  try {
    act(parent);
  } finally {
    if (!isOpen) fs.chmodSync(parent, mode);
  }
}

/** Who is not root keeps what root alone can give away. */
function giveTo(path: Buffer, {uid, gid}: fs.Stats): void {
  orUndefined(() => {
    fs.lchownSync(path, uid, gid);
    return true;
  }, 'EPERM');
}
