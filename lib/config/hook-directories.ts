// The directories of hooks beside a source.conf.

import {hasCode, reasonOf} from '../errors.js';
import {entryOf, listNames, orUndefined, statOf} from '../files.js';
import type {Problem} from './problem.js';

export const hookDirectories: readonly string[] = [
  'provision.d',
  'allocate.d',
  'release.d',
  'discard.d',
  'concurrency.d',
  'pre-run.d',
  'post-run.d',
];

/** Those of them that a source's directory has. Most have none, and to be looked for one by one takes longer. */
export function hookDirectoriesIn(directory: string): readonly string[] {
  const names = orUndefined(() => listNames(directory), 'EACCES') ?? hookDirectories;
  return hookDirectories.filter((each) => names.includes(each));
}

/** What stands in the place of a directory of hooks, and none of whose hooks would ever run. */
export function hookDirectoryProblems(directory: string): Problem[] {
  return hookDirectoriesIn(directory).flatMap((each) => {
    const file = `${directory}/${each}`;
    const reason = reasonAgainst(file);
    return reason === undefined ? [] : [{file, line: 0, ...reason}];
  });
}

function reasonAgainst(path: string): Pick<Problem, 'message' | 'hint'> | undefined {
  const mend = `remove it, or mend it: ls -l '${path}'`;
  const stat = statOf(path);
  if (stat === undefined) {
    if (entryOf(path)?.isSymbolicLink() !== true) return undefined; // it has just been removed
    return {message: 'is a symlink that leads nowhere', hint: mend};
  }
  if (!stat.isDirectory()) {
    return {message: 'is no directory, and no hooks can be in it', hint: mend};
  }
  try {
    listNames(path);
    return undefined;
  } catch (error) {
    if (!hasCode(error, 'EACCES')) throw error;
    return {message: `cannot be used: ${reasonOf(error)}`, hint: mend};
  }
}
