// Directories of this machine that the node has, too, as on a cluster with a file system that all share: they need no
// copy. Where one is to be found under another path, that is a symlink.

import {quote} from '../../quote.js';
import type {BindImport} from '../source.js';
import type {SlurmInstance} from './keys.js';
import {askNode, tellNode} from './node.js';

type Wanted = Omit<BindImport, 'nonce'>;

/** What a directory is, wherever it is seen: no other has its number, and was changed in the same nanosecond. */
const look = "TZ=UTC stat -c '%i %z' --";

/**
 * Whether the node sees a directory, where its place is free for a symlink. What it sees can be written there, so one that
 * must not be is copied.
 */
export async function hasSame(instance: SlurmInstance, wanted: Wanted): Promise<boolean> {
  const {local, remote, mode} = wanted;
  if (mode !== 'rw') return false;
  const line = `${look} ${quote(local)}`;
  const here = await instance.surroundings.askTool('sh', ['-c', line]);
  const place = quote(remote);
  const isFree = `[ ! -e ${place} ] && [ ! -L ${place} ] && [ -d ${quote(above(remote))} ]`;
  const there = await askNode(instance, local === remote ? line : `${isFree} && ${line}`);
  return here.stdout !== '' && here.stdout === there.stdout;
}

function above(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}

export async function linkAll(
  instance: SlurmInstance,
  imports: readonly BindImport[],
): Promise<void> {
  for (const each of elsewhere(imports)) await tellNode(instance, `ln -s -- ${words(each)}`);
}

export async function unlinkAll(
  instance: SlurmInstance,
  imports: readonly BindImport[],
): Promise<void> {
  if (instance.handle['job'] === undefined) return; // it was never made
  for (const each of elsewhere(imports)) {
    const [local, remote] = [quote(each.local), quote(each.remote)];
    await tellNode(instance, `[ "$(readlink ${remote})" != ${local} ] || rm -f -- ${remote}`);
  }
}

function elsewhere(imports: readonly BindImport[]): BindImport[] {
  return imports.filter(({local, remote}) => local !== remote);
}

function words({local, remote}: BindImport): string {
  return `${quote(local)} ${quote(remote)}`;
}
