// What goes of an instance's tree. It is below the instance's own directory, but for a golden tree that was half made for
// it, or that nobody else will use; and nothing goes while anything is mounted there.

import {CrcacheError} from '../../errors.js';
import {exists, isOnBtrfs, statOf} from '../../files.js';
import {mountsIn, removeIfSmall} from '../../trees.js';
import {halfMade, retireGolden} from './golden.js';
import {asRoot, type Tree} from './tree.js';

/** Removes parts of an instance's directory; all that it has unless some are named. */
export async function removeBelow(tree: Tree, names: readonly string[] | undefined): Promise<void> {
  const {path, surroundings} = tree;
  if (names === undefined) retireGolden(tree);
  const all = [path, ...halfMade(tree)];
  const mounted = all.flatMap(mountsIn);
  if (mounted.length > 0) {
    throw new CrcacheError(
      'failed',
      `'${tree.name}' is not removed: something is mounted at '${mounted.join("', '")}'`,
      `umount '${mounted.join("' '")}'`,
    );
  }
  for (const name of ['root', 'checkpoint']) {
    const isAsked = names === undefined || names.includes(name);
    if (!isAsked || !isSubvolume(`${path}/${name}`)) continue;
    // At once, where that is allowed: an ordinary user's, and one with others in it, goes as a directory does.
    await surroundings.askTool('btrfs', ['subvolume', 'delete', `${path}/${name}`]);
  }
  const there = (names?.map((name) => `${path}/${name}`) ?? all).filter((each) => exists(each));
  const left = there.filter((each) => !removeIfSmall(each));
  if (left.length === 0) return;
  // Each subvolume is a file system to rm.
  const words = ['rm', '-rf', ...(isOnBtrfs(path) ? [] : ['--one-file-system']), '--', ...left];
  await surroundings.runTool('env', [...asRoot(), ...words]);
}

/** The top of a subvolume has this number in every btrfs. */
export function isSubvolume(directory: string): boolean {
  return statOf(directory)?.ino === 256n && isOnBtrfs(directory);
}
