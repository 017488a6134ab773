// An instance's tree over the golden one, by each method: how it is made, kept as checkpoint, and brought back.
//
// The golden tree is only ever read.

import {CrcacheError} from '../../errors.js';
import {
  copyMode,
  listNames,
  makeDirectory,
  readText,
  renameIfThere,
  statOf,
  writeWhole,
} from '../../files.js';
import {ownIds} from '../../processes.js';
import {goldenTree} from './golden.js';
import {isSubvolume, removeBelow} from './removing.js';
import {asRoot, isOrdinaryUser, type Method, type Tree} from './tree.js';
import {fillByLine} from './by-line.js';

/** Makes the tree and its holder. */
export async function makeTree(tree: Tree): Promise<void> {
  const path = tree.path;
  makeDirectory(path);
  const line = tree.line;
  if (line !== undefined) {
    await makeByLine(tree, line);
    return;
  }
  const golden = await goldenTree(tree);
  writeWhole(`${path}/golden`, golden);
  const methods = methodsFor(tree, golden);
  for (const method of methods) {
    try {
      writeWhole(`${path}/method`, method);
      await makeBy(tree, {method, golden});
      return;
    } catch (error) {
      if (!(error instanceof CrcacheError) || method === methods.at(-1)) throw error;
      await removeBelow(tree, ['root', 'upper', 'work']);
    }
  }
}

/** The methods to try, best first. */
function methodsFor({method}: Tree, golden: string): Method[] {
  if (method !== 'auto') return [method];
  // What belongs to others has no owner in a user's namespace, and cannot be written there: a copy is all their own.
  if (isOrdinaryUser() && !isOwn(golden)) return ['reflink', 'copy'];
  // What an ordinary user makes by btrfs goes as slowly as a copy, or not at all where files of others are in it.
  return isSubvolume(golden) && !isOrdinaryUser()
    ? ['btrfs', 'overlay', 'reflink', 'copy']
    : ['overlay', 'reflink', 'copy'];
}

function isOwn(directory: string): boolean {
  const stat = statOf(directory);
  const {uid, gid} = ownIds();
  return stat?.uid === BigInt(uid) && stat.gid === BigInt(gid);
}

async function makeByLine(tree: Tree, line: string): Promise<void> {
  const path = tree.path;
  writeWhole(`${path}/method`, 'copy');
  await fillByLine(tree, line, `${path}/root`);
  await tree.hold(undefined);
}

async function makeBy(
  tree: Tree,
  {method, golden}: {method: Method; golden: string},
): Promise<void> {
  if (method === 'overlay') makeUpper(tree);
  else await copyBy(tree, {method, from: golden, to: `${tree.path}/root`});
  await hold(tree);
}

/** The mode of upper/ is that of the instance's /. */
function makeUpper(tree: Tree): void {
  const path = tree.path;
  for (const name of ['root', 'upper', 'work']) makeDirectory(`${path}/${name}`);
  copyMode(readText(`${path}/golden`) ?? '/', `${path}/upper`);
}

/** Starts the holder over the tree as it is. */
export async function hold(tree: Tree): Promise<void> {
  const path = tree.path;
  if (methodOf(tree) !== 'overlay') {
    await tree.hold(undefined);
    return;
  }
  const golden = readText(`${path}/golden`) ?? '';
  const layers = listNames(path).filter((name) => name.startsWith('layer-'));
  const newestFirst = layers.sort((a, b) => numberOf(b) - numberOf(a));
  await tree.hold([...newestFirst, golden]);
}

const numberOf = (layer: string): number => Number(layer.slice('layer-'.length));

function methodOf(tree: Tree): Method | undefined {
  return readText(`${tree.path}/method`) as Method | undefined;
}

/** Whether reset makes the tree once more as it was made: others are copies, of what may be another tree by then. */
export function isMadeByReset(tree: Tree): boolean {
  return methodOf(tree) === 'overlay';
}

/** Keeps the tree as it is for reset; nothing may run in it. */
export async function keepCheckpoint(tree: Tree): Promise<void> {
  const path = tree.path;
  const method = methodOf(tree);
  if (method === undefined) throw gone(tree);
  if (method !== 'overlay') {
    await removeBelow(tree, ['checkpoint']);
    await copyBy(tree, {method, from: `${path}/root`, to: `${path}/checkpoint`});
    return;
  }
  if (listNames(`${path}/upper`).length === 0) return;
  await tree.letGo();
  const layers = listNames(path).filter((name) => name.startsWith('layer-'));
  const next = Math.max(0, ...layers.map(numberOf)) + 1;
  renameIfThere(`${path}/upper`, `${path}/layer-${String(next)}`);
  await renew(tree);
}

/** Brings the tree back to its checkpoint; nothing may run in it. */
export async function restoreTree(tree: Tree): Promise<void> {
  const path = tree.path;
  const method = methodOf(tree);
  if (method === undefined) throw gone(tree);
  await tree.letGo();
  if (method === 'overlay') {
    await renew(tree);
    return;
  }
  await removeBelow(tree, ['root']);
  await copyBy(tree, {method, from: `${path}/checkpoint`, to: `${path}/root`});
  await hold(tree);
}

/** Holds the layers with nothing written over them. */
async function renew(tree: Tree): Promise<void> {
  await removeBelow(tree, ['upper', 'work']);
  makeUpper(tree);
  await hold(tree);
}

async function copyBy(
  {surroundings, name}: Tree,
  {method, from, to}: {method: Method; from: string; to: string},
): Promise<void> {
  if (method === 'btrfs') {
    const said = await surroundings.askTool('btrfs', ['subvolume', 'snapshot', from, to]);
    if (said.status === 0) return;
    throw new CrcacheError(
      'failed',
      `cannot make a snapshot of '${from}' at '${to}': ${lastWords(said.stderr)}`,
      'it must be a subvolume of a btrfs, and directory= be on that',
    );
  }
  // A tree that an ordinary user's root has written is read as that root; a golden one is what the user may read.
  const isMade = from.includes(`/${name}.`);
  const words = ['cp', '-ax', `--reflink=${method === 'reflink' ? 'always' : 'auto'}`];
  const all = [...(isMade ? asRoot() : []), ...words, '--', from, to];
  if (method !== 'reflink') {
    await surroundings.runTool('env', all);
    return;
  }
  const {status, stderr} = await surroundings.askTool('env', all);
  if (status === 0) return;
  throw new CrcacheError(
    'failed',
    `method=reflink does not work from '${from}' to '${to}': ${lastWords(stderr)}`,
    'method=auto takes the best that does',
  );
}

function lastWords(stderr: string): string {
  return stderr.trim().split('\n').at(-1)?.replace(/^.*: /, '') ?? '';
}

function gone({name}: Tree): CrcacheError {
  return new CrcacheError('failed', `the tree of '${name}' is gone`);
}
