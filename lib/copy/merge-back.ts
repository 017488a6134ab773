// How what was changed in a copy of a directory gets back into the directory, where people go on working meanwhile.
//
// Three states are compared: what was copied (base), what came back, and what is there now. Who alone changed a file
// is right. Where both did, the local file stays, and the other is kept beside it: nothing is lost. Nothing is written
// through a symlink. Called twice, it does the same once.

import fs from 'node:fs';
import {withoutApart} from './apart.js';
import {keepBeside} from './keep-beside.js';
import {place, remove, setMode} from './place.js';
import {
  isDirectoryState,
  isReached,
  pathIn,
  scanTree,
  stateIn,
  stateOf,
  type TreeState,
} from './tree-state.js';

export interface MergeRequest {
  /** The directory that was copied. */
  readonly local: string;
  /** What came back, in a directory that nobody else uses. */
  readonly came: string;
  readonly base: TreeState;
  /** It is certain that what is missing in what came was removed there. */
  readonly mayRemove: boolean;
  /** Paths, in latin1, that are no part of the copy, though they were in it. */
  readonly apart: readonly string[];
  /** What is added to the name of a file that is kept beside another. */
  readonly suffix: string;
}

/** A path that both sides changed, in latin1, and where the other content is; undefined: it was removed there. */
export interface Conflict {
  readonly path: string;
  readonly kept: string | undefined;
}

interface Merge extends MergeRequest {
  readonly theirs: TreeState;
}

export function mergeBack(request: MergeRequest): readonly Conflict[] {
  const {local, apart, mayRemove} = request;
  const {base, theirs} = withoutApart({...request, theirs: scanTree(request.came)}, apart);
  const merge: Merge = {...request, base, theirs};
  const conflicts: Conflict[] = [];
  // What is in a directory goes before it, and before what comes in its place.
  for (const path of mayRemove ? [...base.keys()].reverse() : []) {
    if (!theirs.has(path) && settleRemoved(merge, path) === 'conflict') {
      conflicts.push({path, kept: undefined});
    }
  }
  const directories: string[] = [];
  for (const path of theirs.keys()) {
    if (isBelow(path, conflicts)) continue;
    const settled = settleWanted(merge, path);
    if (settled === 'conflict') {
      const taken = conflicts.flatMap(({kept}) => kept ?? []);
      conflicts.push({path, kept: keepBeside({...merge, taken}, path)});
    }
    if (settled === 'directory') directories.push(path);
  }
  // Last, for a mode may keep others out, and us.
  for (const path of directories.reverse()) setMode(merge, path, pathIn(local, path));
  return conflicts;
}

/** 'directory': it is to get the mode of the one that came. */
type Settled = 'conflict' | 'directory' | undefined;

/** A path that is no more in what came. */
function settleRemoved({local, base}: Merge, path: string): Settled {
  const [was, own] = [base.get(path), stateIn(local, path)];
  if (own === undefined || was === 'special') return undefined;
  const target = pathIn(local, path);
  // A directory stays for the sake of what is new in it.
  if (isDirectoryState(own) && fs.readdirSync(target).length > 0) return undefined;
  if (own !== was) return 'conflict';
  remove(target);
  return undefined;
}

/** A path that is in what came. */
function settleWanted(merge: Merge, path: string): Settled {
  const {local, base, theirs} = merge;
  const [was, wanted] = [base.get(path), theirs.get(path)];
  if (wanted === was || wanted === 'special') return undefined;
  if (!isReached(local, path)) return 'conflict';
  const own = stateOf(local, path);
  if (wanted === own) return undefined;
  const isDirectory = isDirectoryState(wanted);
  if (isDirectory && isDirectoryState(own)) return own === was ? 'directory' : undefined;
  if (own !== was || !canReplace(merge, path)) return 'conflict';
  if (own !== undefined && isDirectory !== isDirectoryState(own)) remove(pathIn(local, path));
  place(merge, path, pathIn(local, path));
  return isDirectory ? 'directory' : undefined;
}

/** A directory gives way only where nothing is left in it. */
function canReplace({local, theirs}: Merge, path: string): boolean {
  const target = pathIn(local, path);
  const isDirectory = isDirectoryState(stateOf(local, path));
  return !isDirectory || isDirectoryState(theirs.get(path)) || fs.readdirSync(target).length === 0;
}

/** Whether it has come along with what is above it. */
function isBelow(path: string, conflicts: readonly Conflict[]): boolean {
  return conflicts.some((each) => each.kept !== undefined && path.startsWith(`${each.path}/`));
}
