// The golden tree of a source: a directory as it is, or what an archive was unpacked to, once for all instances.

import {CrcacheError} from '../../errors.js';
import {Digest} from '../../digest.js';
import {
  isDirectory,
  listNames,
  makeDirectory,
  readText,
  realPath,
  renameIfThere,
  renameToFree,
  statOf,
} from '../../files.js';
import {removeTree} from '../../trees.js';
import {isOrdinaryUser, type Tree} from './tree.js';

/** The directory with the golden tree, without symlinks in its path. */
export async function goldenTree(tree: Tree): Promise<string> {
  const {root = ''} = tree;
  const real = realPath(root);
  if (real === undefined) throw new CrcacheError('usage', `there is no tree or archive '${root}'`);
  return isDirectory(real) ? real : unpacked(tree, real);
}

/**
 * Takes what an archive was before it changed from those to come, once the last instance over it goes: under a name that
 * says whose it is to remove. One that is half removed is no golden tree, should the archive be as it was again.
 */
export function retireGolden({backend, incarnation, path, root}: Tree): void {
  const golden = readText(`${path}/golden`);
  if (root === undefined || golden?.startsWith(`${backend}/golden-`) !== true) return;
  if (golden === placeOf(backend, realPath(root) ?? root)) return;
  const isOver = (name: string): boolean => readText(`${backend}/${name}/golden`) === golden;
  if (listNames(backend).filter(isOver).length > 1) return;
  renameIfThere(golden, `${golden}.${incarnation}`);
}

/** Golden trees that were being made for an instance when its maker ended. */
export function halfMade({backend, incarnation}: Tree): string[] {
  const names = listNames(backend);
  return names
    .filter((name) => name.startsWith('golden-') && name.endsWith(`.${incarnation}`))
    .map((name) => `${backend}/${name}`);
}

/** An archive that has changed since is another one. What several unpack at once, one of them keeps. */
async function unpacked(tree: Tree, archive: string): Promise<string> {
  const golden = placeOf(tree.backend, archive);
  if (isDirectory(golden)) return golden;
  const fresh = `${golden}.${tree.incarnation}`;
  removeTree(fresh);
  makeDirectory(fresh);
  // Devices, and the owners of files, are not an ordinary user's to make.
  const asUser = ['--no-same-owner', '--exclude=./dev/*', '--exclude=dev/*'];
  // Unless all are asked for, tar unpacks no attribute but a user's own, and a program's capabilities are none of those.
  const asRoot = ['--same-owner', '--numeric-owner', '--xattrs', '--xattrs-include=*', '--acls'];
  const words = isOrdinaryUser() ? asUser : asRoot;
  const {askTool} = tree.surroundings;
  const {status, stderr} = await askTool('tar', ['-xp', ...words, '-f', archive, '-C', fresh]);
  // The last line says that it is over; the first one, what tar or a program that it calls has failed at.
  if (status !== 0) {
    const why =
      stderr
        .trim()
        .split('\n')[0]
        ?.replace(/^tar( \(child\))?: /, '') ?? '';
    throw new CrcacheError('failed', `cannot unpack '${archive}': ${why}`);
  }
  if (!renameToFree(fresh, golden)) removeTree(fresh);
  return golden;
}

/** Where an archive as it is today is unpacked. */
function placeOf(backend: string, archive: string): string {
  const stat = statOf(archive);
  const stamp = [archive, stat?.size, stat?.mtimeNs, stat?.ino].join(' ');
  return `${backend}/golden-${new Digest().update(stamp).hex()}`;
}
