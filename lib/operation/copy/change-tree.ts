// What is done at the destination of a sync besides sending to it.

import {removeCommand, setCommand} from '../../copy/list-script.js';
import type {Listed} from '../../copy/listing.js';
import {CrcacheError} from '../../errors.js';
import type {Cache} from '../cache.js';
import {inBatches, toWord} from './batches.js';
import {askSh} from './ends.js';
import {firstLine, type TreeSide} from './list-tree.js';
import {describeSide} from './side.js';

/** Removes these names, with all below them or only where that is nothing. */
export async function removeNames(
  cache: Cache,
  side: TreeSide,
  {paths, isWithAllBelow}: {readonly paths: readonly string[]; readonly isWithAllBelow: boolean},
): Promise<void> {
  for (const names of inBatches(paths)) {
    await change(cache, side, removeCommand(side.path, names.map(toWord), {isWithAllBelow}));
  }
}

export type Look = Pick<Listed, 'mode' | 'mtime'>;

/** Sets modes and times of these names. */
export async function setLooks(
  cache: Cache,
  side: TreeSide,
  looks: ReadonlyMap<string, Look>,
): Promise<void> {
  for (const names of inBatches([...looks.keys()])) {
    const all = names.flatMap((path) => {
      const look = looks.get(path);
      return look === undefined ? [] : [{...look, path: toWord(path)}];
    });
    await change(cache, side, setCommand(side.path, all));
  }
}

async function change(cache: Cache, side: TreeSide, words: readonly string[]): Promise<void> {
  const {status, stderr} = await askSh(cache, side, {words});
  if (status === 0) return;
  const why = firstLine(stderr, status);
  throw new CrcacheError('failed', `cannot change '${describeSide(side)}': ${why}`);
}
