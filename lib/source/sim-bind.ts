// Mounts of directories of this machine in instances of type sim.

import {dirname} from 'node:path';
import {CrcacheError} from '../errors.js';
import {makeDirectory, realPath, removeIfEmpty} from '../files.js';
import {mountsIn} from '../trees.js';
import type {BindImport, InstanceFacts} from './source.js';

/** Mounts a directory; it must be in the instance's own. */
export async function bindDirectory(
  {surroundings}: InstanceFacts,
  {local, remote, mode}: BindImport,
  own: string,
): Promise<void> {
  if (!remote.startsWith(`${own}/root/`)) {
    throw new CrcacheError('failed', `'${remote}' is not in '${own}/root'`);
  }
  makeDirectory(remote);
  if (mode === 'overlay') {
    const layers = `${own}/overlay/${remote.slice(own.length).replaceAll('/', '-')}`;
    makeDirectory(`${layers}/upper`);
    makeDirectory(`${layers}/work`);
    const options = `lowerdir=${local},upperdir=${layers}/upper,workdir=${layers}/work`;
    await surroundings.runTool('mount', ['-t', 'overlay', '-o', options, 'overlay', remote]);
    return;
  }
  await surroundings.runTool('mount', ['--bind', local, remote]);
  if (mode === 'ro') await surroundings.runTool('mount', ['-o', 'remount,bind,ro', remote]);
}

/** Unmounts it, and sees that it is so. */
export async function unbindDirectory(
  {surroundings}: InstanceFacts,
  remote: string,
  own: string,
): Promise<void> {
  for (let mounts = mountsIn(remote); mounts.length > 0;) {
    await surroundings.runTool('umount', [mounts[0] ?? remote]);
    const left = mountsIn(remote);
    if (left.length >= mounts.length) {
      throw new CrcacheError('failed', `'${remote}' is still mounted`);
    }
    mounts = left;
  }
  // What is in another mount is somebody's own.
  const parent = realPath(dirname(remote)) ?? '';
  if (!mountsIn(`${own}/root`).some((mount) => `${parent}/`.startsWith(`${mount}/`))) {
    removeIfEmpty(remote);
  }
}
