// How what came for a path that both sides changed is kept beside the local file, under a name that nothing else has.

import {placeTree} from './place.js';
import {
  isDirectoryState,
  pathIn,
  scanTree,
  stateIn,
  stateOf,
  type TreeState,
} from './tree-state.js';

interface Beside {
  readonly local: string;
  readonly came: string;
  readonly theirs: TreeState;
  readonly suffix: string;
  /** The names that others have got. */
  readonly taken: readonly string[];
}

const longestName = 255;

/** Puts what came, with all that is below it, in the nearest directory that there is; the value is where it is. */
export function keepBeside(beside: Beside, path: string): string {
  const {local, suffix, taken} = beside;
  const parts = path.split('/');
  let above = parts.slice(0, -1);
  while (above.length > 0 && !isDirectoryState(stateIn(local, above.join('/')))) {
    above = above.slice(0, -1);
  }
  const name = parts.slice(above.length).join('-');
  const named = (end: string): string =>
    [...above, name.slice(0, longestName - end.length) + end].join('/');
  const isOurs = (kept: string): boolean => !taken.includes(kept) && holdsOnly(beside, path, kept);
  let kept = named(suffix);
  for (let count = 2; !isOurs(kept); count++) kept = named(`${suffix}.${String(count)}`);
  placeTree(beside, path, pathIn(local, kept));
  return kept;
}

/** Whether nothing is lost where an entry is put to a place: what is there was put there by one who died at it. */
function holdsOnly({local, theirs}: Beside, path: string, kept: string): boolean {
  const there = stateOf(local, kept);
  if (there === undefined) return true;
  const isSame = (own: string, below: string): boolean => {
    const wanted = theirs.get(path + below);
    return own === wanted || (isDirectoryState(own) && isDirectoryState(wanted));
  };
  if (!isSame(there, '')) return false;
  if (!isDirectoryState(there)) return true;
  const all = scanTree(local, kept);
  return [...all].every(([each, own]) => isSame(own, each.slice(kept.length)));
}
