// sync: makes one directory like another, by moving what differs.
//
// Both sides are listed by what is there, and what is to be done is decided from the two lists. Only how files move
// depends on who has what: rsync sends the changed parts of files into an instance; tar moves whole files, and all that
// comes out of an instance, which rsync would trust.

import {decodeBytes, encodeBytes} from '../../bytes.js';
import {compareTrees, parentsOf, type Entries, type Plan} from '../../copy/compare-trees.js';
import {ArchiveProblem} from '../../copy/entry.js';
import {isExcluded} from '../../copy/exclude.js';
import {hashCommand, isAbsentStatus, listCommand} from '../../copy/list-script.js';
import {removeCommand, setCommand} from '../../copy/list-script.js';
import {
  isTemporary,
  parseHashes,
  parseListing,
  type Listed,
  type Listing,
} from '../../copy/listing.js';
import {CrcacheError} from '../../errors.js';
import {safe} from '../../output/safe.js';
import {newNonce} from '../../store/worker.js';
import type {Cache} from '../cache.js';
import {showPath} from './conclude.js';
import {askSh} from './ends.js';
import {canSendByRsync, sendByRsync} from './rsync.js';
import {describeSide, type Side} from './side.js';
import {transfer} from './transfer.js';
import type {Watcher} from './watcher.js';

type TreeSide = Exclude<Side, {kind: 'stream'}>;

export interface SyncRequest {
  readonly source: Side;
  readonly destination: Side;
  readonly deletes: boolean;
  /** Files of one size are compared by their content, not by their time. */
  readonly isByContent: boolean;
  readonly preserves: boolean;
  readonly follows: boolean;
  readonly excludes: readonly string[];
  /** Nothing is done. */
  readonly isDry: boolean;
  readonly watcher?: Watcher | undefined;
}

/** Makes the destination like the source; the value is what was done, or would be. */
export async function syncTrees(cache: Cache, request: SyncRequest): Promise<Plan> {
  const {deletes, preserves, follows, isDry} = request;
  const [source, destination] = sidesOf(request);
  const [from, to] = await Promise.all([
    list(cache, source, follows),
    list(cache, destination, false),
  ]);
  if (from === undefined) {
    throw new CrcacheError('failed', `there is no directory '${describeSide(source)}'`);
  }
  const visible = (entries: Entries): Entries => withoutExcluded(entries, request.excludes);
  const [wanted, present] = [visible(from.entries), visible(to?.entries ?? new Map())];
  const isSameContent = request.isByContent
    ? await compareContents(cache, [source, destination], sameSized(wanted, present))
    : undefined;
  const plan = compareTrees(wanted, present, {
    deletes,
    preserves,
    isSameContent,
  });
  if (isDry) return plan;
  await remove(cache, destination, plan.clear);
  if (plan.send.length > 0) await send(cache, request, {from, to, plan});
  await remove(cache, destination, plan.remove);
  await setLooks(cache, request, {wanted, plan});
  return plan;
}

function sidesOf({source, destination}: SyncRequest): readonly [TreeSide, TreeSide] {
  if (source.kind === 'stream' || destination.kind === 'stream') {
    throw new CrcacheError('usage', "'-' is no directory");
  }
  if (source.kind === 'here' && destination.kind === 'here') {
    throw new CrcacheError(
      'usage',
      'neither side is in an instance',
      'an instance is named as in NAME:DIR',
    );
  }
  const empty = [source, destination].find(({path}) => path === '');
  if (empty !== undefined) {
    throw new CrcacheError('usage', `'${describeSide(empty)}' names no directory`);
  }
  return [source, destination];
}

/** What is in a directory; undefined where there is none. */
async function list(cache: Cache, side: TreeSide, follows: boolean): Promise<Listing | undefined> {
  const words = listCommand(side.path, {follows});
  const {status, stdout, stderr} = await askSh(cache, side, {words});
  if (status === isAbsentStatus) return undefined;
  const cannot = (why: string): CrcacheError =>
    new CrcacheError('failed', `cannot list '${describeSide(side)}': ${why}`);
  if (status !== 0) throw cannot(firstLine(stderr, status));
  try {
    return parseListing(stdout);
  } catch (error) {
    if (!(error instanceof ArchiveProblem)) throw error;
    throw cannot(`'${showPath(error.path ?? '')}' ${error.message}`);
  }
}

function firstLine(stderr: string, status: number): string {
  const [line = ''] = stderr.split('\n');
  return line === '' ? `the program there ended with status ${String(status)}` : safe(line);
}

function withoutExcluded(entries: Entries, excludes: readonly string[]): Entries {
  const patterns = excludes.map((each) => encodeBytes(each).toString('latin1'));
  return new Map(
    [...entries].filter(([path]) => !isTemporary(path) && !isExcluded(`./${path}`, patterns)),
  );
}

function sameSized(from: Entries, to: Entries): string[] {
  const isFile = (entries: Entries, path: string): boolean => entries.get(path)?.type === 'f';
  return [...from.keys()].filter(
    (path) => isFile(from, path) && isFile(to, path) && from.get(path)?.size === to.get(path)?.size,
  );
}

/** Has both sides hash these files; the value tells whether one is the same on both. */
async function compareContents(
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

interface Sending {
  readonly from: Listing;
  readonly to: Listing | undefined;
  readonly plan: Plan;
}

async function send(cache: Cache, request: SyncRequest, {from, to, plan}: Sending): Promise<void> {
  const {preserves, follows, watcher} = request;
  const [source, destination] = sidesOf(request);
  // With what is in them, directories come as they are; those above are made alike where owners count.
  const only = [...new Set(plan.send.flatMap((path) => [...parentsOf(path), path]))];
  if (to !== undefined && canSendByRsync({source, destination, preserves, from, to})) {
    await sendByRsync(cache, {
      destination,
      from,
      to,
      only: plan.send,
      follows,
    });
    return;
  }
  const sizes = plan.send.map((path) => sizeOf(from.entries.get(path)));
  watcher?.expect(sizes.reduce((sum, size) => sum + size, 0));
  const paths = [`${source.path.replace(/\/+$/, '')}/.`];
  await transfer(cache, {
    from: source.kind === 'here' ? {kind: 'here', paths} : {...source, paths},
    to: {...destination, nonce: newNonce(), name: '.', isNew: false},
    ...{preserves, follows, excludes: [], only, watcher},
  });
}

/** How many bytes of an entry are sent. */
const sizeOf = (entry: Listed | undefined): number =>
  entry?.type === 'f' && !Number.isNaN(entry.size) ? entry.size : 0;

async function remove(cache: Cache, side: TreeSide, paths: readonly string[]): Promise<void> {
  for (const names of inBatches(paths)) {
    await change(cache, side, removeCommand(side.path, names.map(toWord)));
  }
}

/** Sets what was not sent and looks otherwise, and the times of directories in which something was changed. */
async function setLooks(
  cache: Cache,
  request: SyncRequest,
  {wanted, plan}: {wanted: Entries; plan: Plan},
): Promise<void> {
  const [, destination] = sidesOf(request);
  const touched = [...plan.send, ...plan.clear, ...plan.remove].flatMap(parentsOf);
  const paths = [...new Set([...plan.set, ...touched])];
  const mask = request.preserves ? 0o7777 : 0o1777;
  for (const names of inBatches(paths)) {
    const looks = names.flatMap((path) => {
      const entry = wanted.get(path);
      if (entry === undefined || Number.isNaN(entry.mtime)) return [];
      return [{path: toWord(path), mode: entry.mode & mask, mtime: entry.mtime}];
    });
    if (looks.length > 0) await change(cache, destination, setCommand(destination.path, looks));
  }
}

async function change(cache: Cache, side: TreeSide, words: readonly string[]): Promise<void> {
  const {status, stderr} = await askSh(cache, side, {words});
  if (status === 0) return;
  const why = firstLine(stderr, status);
  throw new CrcacheError('failed', `cannot change '${describeSide(side)}': ${why}`);
}

const toWord = (path: string): string => decodeBytes(Buffer.from(path, 'latin1'));

/** As many names as fit into a command line, wherever it is. */
function* inBatches(paths: readonly string[]): Generator<readonly string[]> {
  let batch: string[] = [];
  let length = 0;
  for (const path of paths) {
    length += path.length + 20;
    if (length > largestBatch && batch.length > 0) {
      yield batch;
      batch = [];
      length = path.length + 20;
    }
    batch.push(path);
  }
  if (batch.length > 0) yield batch;
}

/** Linux takes words of 128 KiB, and a run script may make one of all. */
const largestBatch = 65_536;
