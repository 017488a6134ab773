// Directories of this machine in an instance: mounted in its own namespace, so that its end undoes them at the latest.

import {CrcacheError} from '../../errors.js';
import {makeDirectory, readLink, readText} from '../../files.js';
import {mountPoints} from '../../mount-table.js';
import type {BindImport} from '../source.js';
import {liveHolder, treeFromOutside, type Holder} from './holder.js';
import {type ChrootInstance, pathOf} from './keys.js';
import {escapeForOverlay} from './mounting.js';
import {treeOf} from './tree-of.js';
import {removeBelow} from '../tree/removing.js';
import {isOrdinaryUser} from '../tree/tree.js';

export async function bindImports(
  instance: ChrootInstance,
  imports: readonly BindImport[],
): Promise<void> {
  const holder = liveHolder(instance);
  if (holder === undefined) throw new CrcacheError('failed', `'${instance.name}' is gone`);
  for (const each of imports) {
    const target = placeIn(treeFromOutside(instance, holder), each.remote);
    makeDirectory(`${treeFromOutside(instance, holder)}${target}`);
    const words = mountWords(instance, each);
    await inNamespace(instance, holder, ['mount', ...words, `${pathOf(instance)}/root${target}`]);
  }
}

/** What is above what it is mounted on goes first. */
export async function unbindImports(
  instance: ChrootInstance,
  imports: readonly BindImport[],
): Promise<void> {
  for (const each of [...imports].reverse()) {
    const holder = liveHolder(instance);
    if (holder !== undefined) await unmount(instance, holder, each);
    await removeBelow(treeOf(instance), [overlayOf(each)]);
  }
}

/** Unmounts it, and sees that it is so. Without its holder the namespace is gone, and all that was mounted there. */
async function unmount(
  instance: ChrootInstance,
  holder: Holder,
  {remote}: BindImport,
): Promise<void> {
  const target = `${pathOf(instance)}/root${placeIn(treeFromOutside(instance, holder), remote)}`;
  const table = (): string[] =>
    mountPoints(readText(`/proc/${String(holder.pid)}/mountinfo`) ?? '', target);
  for (let mounts = table(); mounts.length > 0;) {
    await inNamespace(instance, holder, ['umount', '--lazy', '--', target]);
    const left = table();
    if (left.length >= mounts.length) {
      throw new CrcacheError('failed', `'${remote}' is still mounted in '${instance.name}'`);
    }
    mounts = left;
  }
}

/** Where what is written over an overlay is. */
const overlayOf = ({nonce}: BindImport): string => `import-${nonce}`;

function mountWords(instance: ChrootInstance, each: BindImport): readonly string[] {
  const {local, mode} = each;
  if (mode === 'rw') return ['--rbind', local];
  // What is mounted below cannot be left out in a user namespace, nor made read-only along with it.
  if (mode === 'ro') return ['--bind', '-o', 'ro', local];
  const own = `${pathOf(instance)}/${overlayOf(each)}`;
  for (const name of ['upper', 'work']) makeDirectory(`${own}/${name}`);
  const options = [
    `lowerdir=${escapeForOverlay(local)}`,
    `upperdir=${escapeForOverlay(own)}/upper,workdir=${escapeForOverlay(own)}/work`,
    ...(isOrdinaryUser() ? ['userxattr'] : []),
  ];
  return ['-t', 'overlay', '-o', options.join(','), 'overlay'];
}

function inNamespace(
  {surroundings}: ChrootInstance,
  {pid}: Holder,
  words: readonly string[],
): Promise<void> {
  const user = isOrdinaryUser() ? ['--user', '--preserve-credentials'] : [];
  const enter = ['--target', String(pid), '--mount', ...user, '--wd=/', '--', ...words];
  return surroundings.runTool('nsenter', enter);
}

/** The path of a directory in a tree, whose symlinks mean what they do there: none leads out of it. */
function placeIn(tree: string, path: string): string {
  const left = path.split('/');
  let found: string[] = [];
  for (let links = 0; left.length > 0;) {
    const part = left.shift() ?? '';
    if (part === '' || part === '.') continue;
    if (part === '..') {
      found = found.slice(0, -1);
      continue;
    }
    const target = readLink(`${tree}/${[...found, part].join('/')}`);
    if (target === undefined) {
      found = [...found, part];
      continue;
    }
    if (++links > 40) throw new CrcacheError('failed', `'${path}' has too many symlinks`);
    if (target.startsWith('/')) found = [];
    left.unshift(...target.split('/'));
  }
  return `/${found.join('/')}`;
}
