// How what was changed in a copy of a directory gets back into the directory, where people go on working meanwhile.
//
// Three states are compared: what was copied (base), what came back, and what is there now. Who alone changed a file
// is right. Where both did, the local file stays, and the other is kept beside it: nothing is lost. Called twice, it
// does the same once.

import fs from 'node:fs';
import {isDirectoryState, pathIn, scanTree, stateOf, type TreeState} from './tree-state.js';

export interface MergeRequest {
  /** The directory that was copied. */
  readonly local: string;
  /** What came back, in a directory that nobody else uses. */
  readonly came: string;
  readonly base: TreeState;
  /** What is added to the name of a file that is kept beside another. */
  readonly suffix: string;
  readonly isOurs: (name: string) => boolean;
}

export interface Merged {
  readonly changed: number;
  /** Paths that both sides changed, in latin1, and where the other content is; undefined: it was removed there. */
  readonly conflicts: readonly {readonly path: string; readonly kept: string | undefined}[];
}

export function mergeBack({local, came, base, suffix, isOurs}: MergeRequest): Merged {
  const theirs = scanTree(came, isOurs);
  const conflicts: {path: string; kept: string | undefined}[] = [];
  let changed = 0;
  const settle = (path: string): void => {
    const [was, wanted, own] = [base.get(path), theirs.get(path), stateIn(local, path)];
    if (wanted === was || wanted === own || wanted === 'special') return;
    const bothDirectories = isDirectoryState(wanted) && isDirectoryState(own);
    if (own === was && canReplace(own, wanted)) {
      replace({local, came, path, wanted});
      changed++;
    } else if (!bothDirectories && !goesWithItsParts(local, path, {own, wanted})) {
      const kept = wanted === undefined ? undefined : keepBeside({local, came, path, suffix});
      conflicts.push({path, kept});
    }
  };
  for (const path of theirs.keys()) settle(path);
  // What is in a directory goes before it.
  for (const path of [...base.keys()].reverse()) if (!theirs.has(path)) settle(path);
  return {changed, conflicts};
}

/** The state of a path whose directories are no symlinks: nothing is written through one. */
function stateIn(root: string, path: string): string | undefined {
  const parts = path.split('/').slice(0, -1);
  const above = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  const isReached = above.every((each) => isDirectoryState(stateOf(root, each)));
  return isReached ? stateOf(root, path) : undefined;
}

/** A directory is not replaced by something else, nor the other way round: people decide. */
function canReplace(own: string | undefined, wanted: string | undefined): boolean {
  if (own === undefined || wanted === undefined) return true;
  return isDirectoryState(own) === isDirectoryState(wanted);
}

/** A directory that was removed there stays here for the sake of what is new in it. */
function goesWithItsParts(
  local: string,
  path: string,
  {own, wanted}: {own: string | undefined; wanted: string | undefined},
): boolean {
  return (
    wanted === undefined && isDirectoryState(own) && fs.readdirSync(pathIn(local, path)).length > 0
  );
}

interface Change {
  readonly local: string;
  readonly came: string;
  readonly path: string;
}

function replace({local, came, path, wanted}: Change & {wanted: string | undefined}): void {
  const target = pathIn(local, path);
  if (wanted === undefined) remove(target);
  else place({local, came, path}, target);
}

function remove(target: Buffer): void {
  if (!fs.lstatSync(target).isDirectory()) fs.unlinkSync(target);
  else if (fs.readdirSync(target).length === 0) fs.rmdirSync(target);
}

/** The other content gets a name of its own, in the nearest directory that there is. */
function keepBeside({local, came, path, suffix}: Change & {suffix: string}): string {
  const parts = path.split('/');
  let above = parts.slice(0, -1);
  while (above.length > 0 && !isDirectoryState(stateIn(local, above.join('/')))) {
    above = above.slice(0, -1);
  }
  const name = `${parts.slice(above.length).join('-')}${suffix}`;
  const kept = [...above, name].join('/');
  if (isDirectoryState(stateOf(came, path))) {
    fs.cpSync(pathText(came, path), pathText(local, kept), {
      recursive: true,
      verbatimSymlinks: true,
    });
  } else {
    place({local, came, path}, pathIn(local, kept));
  }
  return kept;
}

function pathText(root: string, path: string): string {
  return pathIn(root, path).toString();
}

/** Puts an entry in its place, whole or not at all; it belongs to whom the one before, or the directory, belongs. */
function place({came, path}: Change, target: Buffer): void {
  const source = pathIn(came, path);
  const entry = fs.lstatSync(source);
  const parent = target.subarray(0, target.lastIndexOf('/'));
  const before = fs.lstatSync(target, {throwIfNoEntry: false});
  const owner = before ?? fs.lstatSync(parent);
  if (entry.isDirectory()) {
    if (before === undefined) fs.mkdirSync(target);
    fs.chmodSync(target, entry.mode & 0o777);
    if (before === undefined) fs.lchownSync(target, owner.uid, owner.gid);
    return;
  }
  const part = Buffer.concat([target, Buffer.from('.crcache-part')]);
  fs.rmSync(part, {force: true});
  if (entry.isSymbolicLink()) {
    fs.symlinkSync(fs.readlinkSync(source, {encoding: 'buffer'}), part);
  } else {
    fs.copyFileSync(source, part, fs.constants.COPYFILE_EXCL);
    fs.utimesSync(part, entry.atime, entry.mtime);
  }
  fs.lchownSync(part, owner.uid, owner.gid);
  if (!entry.isSymbolicLink()) fs.chmodSync(part, entry.mode & 0o777);
  fs.renameSync(part, target);
}
