// Which files of one size hold the same on both sides, as the programs of either side tell by their hashes.

import {hashCommand} from '../../copy/list-script.js';
import {parseHashes, type Entries} from '../../copy/listing.js';
import {CrcacheError} from '../../errors.js';
import type {Cache} from '../cache.js';
import {inBatches, toWord} from './batches.js';
import {askSh} from './ends.js';
import {firstLine, type TreeSide} from './list-tree.js';
import {describeSide} from './side.js';

export function sameSized(from: Entries, to: Entries): string[] {
  return [...from].flatMap(([path, told]) => {
    const [one, other] = [told.read, to.get(path)?.read];
    return one.type === 'f' && other?.type === 'f' && one.size === other.size ? [path] : [];
  });
}

/** Has both sides hash these files; the value tells whether one is the same on both. */
export async function compareContents(
  cache: Cache,
  sides: readonly [TreeSide, TreeSide],
  paths: readonly string[],
): Promise<(path: string) => boolean> {
  const [here, there] = await Promise.all(
    sides.map(async (side) => {
      const hashes = new Map<string, string>();
      for (const names of inBatches(paths)) {
        const words = hashCommand(side.path, names.map(toWord));
        const {status, stdout, stderr} = await askSh(cache, side, {words});
        if (status !== 0) {
          const why = firstLine(stderr, status);
          throw new CrcacheError('failed', `cannot hash '${describeSide(side)}': ${why}`);
        }
        for (const [path, hash] of parseHashes(stdout)) hashes.set(path, hash);
      }
      return hashes;
    }),
  );
  return (path) => here?.get(path) !== undefined && here.get(path) === there?.get(path);
}
