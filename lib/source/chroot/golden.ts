// The golden tree of a source: a directory as it is, or what an archive was unpacked to, once for all instances.

import {CrcacheError} from '../../errors.js';
import {Digest} from '../../digest.js';
import {
  isDirectory,
  makeDirectory,
  realPath,
  removeTree,
  renameToFree,
  statOf,
} from '../../files.js';
import {backendOf, type ChrootInstance, isOrdinaryUser} from './keys.js';

/** The directory with the golden tree, without symlinks in its path. */
export async function goldenTree(instance: ChrootInstance): Promise<string> {
  const {root = ''} = instance.settings;
  const real = realPath(root);
  if (real === undefined || !root.startsWith('/')) {
    throw new CrcacheError('usage', `'root=${root}' is not the whole path of a tree or archive`);
  }
  return isDirectory(real) ? real : unpacked(instance, real);
}

/** An archive that has changed since is another one. What several unpack at once, one of them keeps. */
async function unpacked(instance: ChrootInstance, archive: string): Promise<string> {
  const stat = statOf(archive);
  const stamp = [archive, stat?.size, stat?.mtimeNs, stat?.ino].join(' ');
  const tree = `${backendOf(instance)}/golden-${new Digest().update(stamp).hex()}`;
  if (isDirectory(tree)) return tree;
  const fresh = `${tree}.${instance.incarnation}`;
  removeTree(fresh);
  makeDirectory(fresh);
  // Devices, and the owners of files, are not an ordinary user's to make.
  const asUser = ['--no-same-owner', '--exclude=./dev/*', '--exclude=dev/*'];
  const words = isOrdinaryUser() ? asUser : ['--same-owner', '--numeric-owner', '--xattrs'];
  const {runTool} = instance.surroundings;
  await runTool('tar', ['-x', '-p', ...words, '-f', archive, '-C', fresh]);
  if (!renameToFree(fresh, tree)) removeTree(fresh);
  return tree;
}
