// sync: makes one directory like another, by moving what differs.
//
// Both sides are listed by what is there, and what is to be done is decided from the two lists. Only how files move
// depends on who has what: rsync sends the changed parts of files into an instance; tar moves whole files, and all that
// comes out of an instance, which rsync would trust.

import {compareTrees, nothingToDo, parentsOf, type Plan} from '../../copy/compare-trees.js';
import type {EntryType} from '../../copy/entry.js';
import {entryTypes, type Entries, type Listing, type Told} from '../../copy/listing.js';
import {CrcacheError} from '../../errors.js';
import {newNonce} from '../../store/worker.js';
import type {Cache} from '../cache.js';
import {removeNames, setLooks, type Look} from './change-tree.js';
import {compareContents, sameSized} from './compare-contents.js';
import {list, visibleIn, type TreeSide, type Visible} from './list-tree.js';
import {canSendByRsync, sendByRsync} from './rsync.js';
import {describeSide, type Side} from './side.js';
import {tellLost} from './tell-lost.js';
import {transfer} from './transfer.js';
import type {Watcher} from './watcher.js';

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
  if (isAllSame(request, from, to)) return {...nothingToDo, same: from.records.length};
  const {entries: wanted} = visibleIn(source, from, request.excludes);
  const present = to === undefined ? nothing : visibleIn(destination, to, request.excludes);
  const isSameContent = request.isByContent
    ? await compareContents(cache, [source, destination], sameSized(wanted, present.entries))
    : undefined;
  const {excluded} = present;
  const plan = compareTrees(wanted, present.entries, {deletes, preserves, excluded, isSameContent});
  if (isDry) return plan;
  // Without --delete nobody has said that what has come into a directory since it was listed may go.
  const isWithAllBelow = deletes;
  await removeNames(cache, destination, {paths: plan.clear, isWithAllBelow});
  if (plan.send.length > 0) await send(cache, request, {from, to, plan});
  await removeNames(cache, destination, {paths: plan.remove, isWithAllBelow});
  await setLooks(cache, destination, looksOf(plan, wanted, preserves));
  return plan;
}

const nothing: Visible = {entries: new Map(), excluded: []};

/** Most of the time of a sync in which nothing differs is taken by reading what was told. */
function isAllSame({isByContent, excludes}: SyncRequest, from: Listing, to?: Listing): boolean {
  return to !== undefined && !isByContent && excludes.length === 0 && from.isLike(to);
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

interface Sending {
  readonly from: Listing;
  readonly to: Listing | undefined;
  readonly plan: Plan;
}

async function send(cache: Cache, request: SyncRequest, {from, to, plan}: Sending): Promise<void> {
  const {preserves, follows, watcher} = request;
  const [source, destination] = sidesOf(request);
  const sizes = plan.send.map((path) => sizeOf(from.entries.get(path)));
  watcher?.expect(sizes.reduce((sum, size) => sum + size, 0));
  if (to !== undefined && canSendByRsync({source, destination, preserves, from, to})) {
    await sendByRsync(cache, {
      destination,
      from,
      to,
      only: plan.send,
      follows,
      watcher,
    });
    tellLost(
      cache,
      plan.send.filter((path) => hasSetuid(from.entries.get(path))),
    );
    return;
  }
  const paths = [`${source.path.replace(/\/+$/, '')}/.`];
  await transfer(cache, {
    from: source.kind === 'here' ? {kind: 'here', paths} : {...source, paths},
    to: {...destination, nonce: newNonce(), name: '.', isNew: false},
    ...{preserves, follows, excludes: [], only: askedOf(from, plan), watcher},
  });
}

/** With what is in them, directories come as they are; those above are made alike where owners count. */
function askedOf(from: Listing, {send: paths}: Plan): Map<string, EntryType> {
  const asked = new Map<string, EntryType>();
  for (const path of paths) {
    for (const above of parentsOf(path)) asked.set(above, 'directory');
    const type = entryTypes[from.entries.get(path)?.read.type ?? ''];
    if (type !== undefined && !asked.has(path)) asked.set(path, type);
  }
  return asked;
}

const hasSetuid = (told: Told | undefined): boolean =>
  'fd'.includes(told?.read.type ?? '-') && ((told?.read.mode ?? 0) & 0o6000) !== 0;

/** How many bytes of an entry are sent. */
const sizeOf = (told: Told | undefined): number =>
  told?.read.type === 'f' && !Number.isNaN(told.read.size) ? told.read.size : 0;

/** How that looks which was not sent, or is a directory in which something was changed. */
function looksOf(
  {send, clear, remove, set}: Plan,
  wanted: Entries,
  preserves: boolean,
): Map<string, Look> {
  const touched = [...send, ...clear, ...remove].flatMap(parentsOf);
  const mask = preserves ? 0o7777 : 0o1777;
  const looks = new Map<string, Look>();
  for (const path of [...set, ...touched]) {
    const entry = wanted.get(path)?.read;
    if (entry === undefined || Number.isNaN(entry.mtime)) continue;
    looks.set(path, {mode: entry.mode & mask, mtime: entry.mtime});
  }
  return looks;
}
