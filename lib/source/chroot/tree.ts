// An instance's tree over the golden one, by each method: how it is made, kept as checkpoint, and brought back.
//
// The golden tree is only ever read. What is removed here is below the instance's own directory, and only once nothing
// is mounted there.

import {CrcacheError} from '../../errors.js';
import {
  copyMode,
  exists,
  listNames,
  makeDirectory,
  mountsIn,
  readText,
  renameIfThere,
  statOf,
  writeWhole,
} from '../../files.js';
import {ownIds} from '../../processes.js';
import {fillIn} from '../command.js';
import {goldenTree} from './golden.js';
import {endHolder, startHolder} from './holder.js';
import {asRoot, type ChrootInstance, isOrdinaryUser, pathOf} from './keys.js';

type Method = 'overlay' | 'btrfs' | 'reflink' | 'copy';

/** Makes the tree and its holder. */
export async function makeTree(instance: ChrootInstance): Promise<void> {
  const path = pathOf(instance);
  makeDirectory(path);
  const line = instance.settings.provision_command;
  if (line !== undefined) {
    await makeByLine(instance, line);
    return;
  }
  const golden = await goldenTree(instance);
  writeWhole(`${path}/golden`, golden);
  const methods = methodsFor(instance, golden);
  for (const method of methods) {
    try {
      writeWhole(`${path}/method`, method);
      await makeBy(instance, {method, golden});
      return;
    } catch (error) {
      if (!(error instanceof CrcacheError) || method === methods.at(-1)) throw error;
      await removeBelow(instance, ['root', 'upper', 'work']);
    }
  }
}

/** The methods to try, best first. */
function methodsFor({settings}: ChrootInstance, golden: string): Method[] {
  if (settings.method !== 'auto') return [settings.method];
  // What belongs to others has no owner in a user's namespace, and cannot be written there: a copy is all their own.
  if (isOrdinaryUser() && !isOwn(golden)) return ['reflink', 'copy'];
  return isSubvolume(golden)
    ? ['btrfs', 'overlay', 'reflink', 'copy']
    : ['overlay', 'reflink', 'copy'];
}

/** The top of a subvolume has this number in every btrfs. */
function isSubvolume(directory: string): boolean {
  return statOf(directory)?.ino === 256n;
}

function isOwn(directory: string): boolean {
  const stat = statOf(directory);
  const {uid, gid} = ownIds();
  return stat?.uid === BigInt(uid) && stat.gid === BigInt(gid);
}

async function makeByLine(instance: ChrootInstance, line: string): Promise<void> {
  const path = pathOf(instance);
  writeWhole(`${path}/method`, 'copy');
  makeDirectory(`${path}/root`);
  const code = fillIn(line, {name: instance.name, handle: {root: `${path}/root`}});
  await instance.surroundings.runTool('sh', ['-c', code]);
  await startHolder(instance, undefined);
}

async function makeBy(
  instance: ChrootInstance,
  {method, golden}: {method: Method; golden: string},
): Promise<void> {
  if (method === 'overlay') makeUpper(instance);
  else await copyBy(instance, {method, from: golden, to: `${pathOf(instance)}/root`});
  await hold(instance);
}

/** The mode of upper/ is that of the instance's /. */
function makeUpper(instance: ChrootInstance): void {
  const path = pathOf(instance);
  for (const name of ['root', 'upper', 'work']) makeDirectory(`${path}/${name}`);
  copyMode(readText(`${path}/golden`) ?? '/', `${path}/upper`);
}

/** Starts the holder over the tree as it is. */
export async function hold(instance: ChrootInstance): Promise<void> {
  const path = pathOf(instance);
  if (methodOf(instance) !== 'overlay') {
    await startHolder(instance, undefined);
    return;
  }
  const golden = readText(`${path}/golden`) ?? '';
  const layers = listNames(path).filter((name) => name.startsWith('layer-'));
  const newestFirst = layers.sort((a, b) => numberOf(b) - numberOf(a));
  await startHolder(instance, [...newestFirst, golden]);
}

const numberOf = (layer: string): number => Number(layer.slice('layer-'.length));

function methodOf(instance: ChrootInstance): Method | undefined {
  return readText(`${pathOf(instance)}/method`) as Method | undefined;
}

/** Keeps the tree as it is for reset; nothing may run in it. */
export async function keepCheckpoint(instance: ChrootInstance): Promise<void> {
  const path = pathOf(instance);
  const method = methodOf(instance);
  if (method === undefined) throw gone(instance);
  if (method !== 'overlay') {
    await removeBelow(instance, ['checkpoint']);
    await copyBy(instance, {method, from: `${path}/root`, to: `${path}/checkpoint`});
    return;
  }
  if (listNames(`${path}/upper`).length === 0) return;
  await endHolder(instance);
  const layers = listNames(path).filter((name) => name.startsWith('layer-'));
  const next = Math.max(0, ...layers.map(numberOf)) + 1;
  renameIfThere(`${path}/upper`, `${path}/layer-${String(next)}`);
  await renew(instance);
}

/** Brings the tree back to its checkpoint; nothing may run in it. */
export async function restoreTree(instance: ChrootInstance): Promise<void> {
  const path = pathOf(instance);
  const method = methodOf(instance);
  if (method === undefined) throw gone(instance);
  await endHolder(instance);
  if (method === 'overlay') {
    await renew(instance);
    return;
  }
  await removeBelow(instance, ['root']);
  await copyBy(instance, {method, from: `${path}/checkpoint`, to: `${path}/root`});
  await hold(instance);
}

/** Holds the layers with nothing written over them. */
async function renew(instance: ChrootInstance): Promise<void> {
  await removeBelow(instance, ['upper', 'work']);
  makeUpper(instance);
  await hold(instance);
}

async function copyBy(
  {surroundings, name}: ChrootInstance,
  {method, from, to}: {method: Method; from: string; to: string},
): Promise<void> {
  if (method === 'btrfs') {
    await surroundings.runTool('btrfs', ['subvolume', 'snapshot', from, to]);
    return;
  }
  // A tree that an ordinary user's root has written is read as that root; a golden one is what the user may read.
  const isMade = from.includes(`/${name}.`);
  const words = ['cp', '-ax', `--reflink=${method === 'reflink' ? 'always' : 'auto'}`];
  await surroundings.runTool('env', [...(isMade ? asRoot() : []), ...words, '--', from, to]);
}

/** Removes parts of an instance's directory; all of it unless some are named. Never where something is mounted. */
export async function removeBelow(
  instance: ChrootInstance,
  names: readonly string[] | undefined,
): Promise<void> {
  const path = pathOf(instance);
  const mounted = mountsIn(path);
  if (mounted.length > 0) {
    throw new CrcacheError(
      'failed',
      `'${instance.name}' is not removed: something is mounted at '${mounted.join("', '")}'`,
      `umount '${mounted.join("' '")}'`,
    );
  }
  for (const name of ['root', 'checkpoint']) {
    const isAsked = names === undefined || names.includes(name);
    if (!isAsked || !isSubvolume(`${path}/${name}`)) continue;
    await instance.surroundings.runTool('btrfs', ['subvolume', 'delete', `${path}/${name}`]);
  }
  const paths = names === undefined ? [path] : names.map((name) => `${path}/${name}`);
  const there = paths.filter((each) => exists(each));
  if (there.length === 0) return;
  const words = ['rm', '-rf', '--one-file-system', '--', ...there];
  await instance.surroundings.runTool('env', [...asRoot(), ...words]);
}

function gone({name}: ChrootInstance): CrcacheError {
  return new CrcacheError('failed', `the tree of '${name}' is gone`);
}
