// What is in a copy of a directory without being a part of it: other copies, which go their own way back.

import {posix} from 'node:path';
import type {TreeState} from './tree-state.js';

interface Compared {
  readonly base: TreeState;
  readonly theirs: TreeState;
}

/** What was copied and what came, without what is at these paths, and without the directories that were made for it. */
export function withoutApart({base, theirs}: Compared, apart: readonly string[]): Compared {
  const left = {base: without(base, apart), theirs: without(theirs, apart)};
  for (const path of apart) {
    for (let way = posix.dirname(path); way !== '.' && !base.has(way); way = posix.dirname(way)) {
      if ([...left.theirs.keys()].some((each) => each.startsWith(`${way}/`))) break;
      left.theirs.delete(way);
    }
  }
  return left;
}

function without(tree: TreeState, apart: readonly string[]): Map<string, string> {
  const isApart = (path: string): boolean =>
    apart.some((each) => path === each || path.startsWith(`${each}/`));
  return new Map([...tree].filter(([path]) => !isApart(path)));
}
