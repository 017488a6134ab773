// What is in a directory on either side of a sync, as a program there tells it.

import {encodeBytes} from '../../bytes.js';
import {ArchiveProblem} from '../../copy/entry.js';
import {isExcluded} from '../../copy/exclude.js';
import {isAbsentStatus, listCommand} from '../../copy/list-script.js';
import {isTemporary, Listing, type Entries} from '../../copy/listing.js';
import {CrcacheError} from '../../errors.js';
import {safe} from '../../output/safe.js';
import type {Cache} from '../cache.js';
import {showPath} from './conclude.js';
import {askSh} from './ends.js';
import {describeSide, type Side} from './side.js';

export type TreeSide = Exclude<Side, {kind: 'stream'}>;

/** What is in a directory; undefined where there is none. */
export async function list(
  cache: Cache,
  side: TreeSide,
  follows: boolean,
): Promise<Listing | undefined> {
  const words = listCommand(side.path, {follows});
  const {status, stdout, stderr} = await askSh(cache, side, {words});
  if (status === isAbsentStatus) return undefined;
  if (status !== 0) throw cannotList(side, firstLine(stderr, status));
  return new Listing(stdout);
}

/** What a listing tells of what is to be copied, and the names of what is excluded from that. */
export interface Visible {
  readonly entries: Entries;
  readonly excluded: readonly string[];
}

export function visibleIn(side: TreeSide, listing: Listing, excludes: readonly string[]): Visible {
  try {
    return withoutExcluded(listing.entries, excludes);
  } catch (error) {
    if (!(error instanceof ArchiveProblem)) throw error;
    const what = error.path === undefined ? '' : `'${showPath(error.path)}' `;
    throw cannotList(side, `${what}${error.message}`);
  }
}

function cannotList(side: TreeSide, why: string): CrcacheError {
  return new CrcacheError('failed', `cannot list '${describeSide(side)}': ${why}`);
}

/** Why a program there has failed. */
export function firstLine(stderr: string, status: number): string {
  const [line = ''] = stderr.split('\n');
  return line === '' ? `the program there ended with status ${String(status)}` : safe(line);
}

function withoutExcluded(all: Entries, excludes: readonly string[]): Visible {
  const patterns = excludes.map((each) => encodeBytes(each).toString('latin1'));
  const names = [...all.keys()];
  const excluded = names.filter((path) => isExcluded(`./${path}`, patterns));
  const entries = new Map(all);
  for (const path of [...excluded, ...names.filter(isTemporary)]) entries.delete(path);
  return {entries, excluded};
}
