// The lock of a source. It guards decisions that look at several things, takes milliseconds, and is never held
// while anything else runs: a decision looks, the lock is looked at again, the decision acts, all in one go.
//
// Two may hold it all the same, for a moment (a stalled holder, a clock set back, a directory removed by hand).
// What they can do then is bounded by the renames of the transitions themselves.

import lockfile from 'proper-lockfile';
import {CrcacheError, hasCode} from '../errors.js';
import {
  entryOf,
  exists,
  fileCalls,
  listNames,
  makeDirectory,
  orUndefined,
  readText,
  removeFile,
  removeIfEmpty,
  renameIfThere,
  writeWhole,
} from '../files.js';
import type {Step} from '../steps.js';
import {clockMs} from '../time.js';
import {formatWorker, parseWorker, type Worker, type Workshop} from './worker.js';

/** After this time a lock that its holder does not renew is anybody's. */
export const staleMs = 5_000;

/** How long a command waits for one holder of a lock before it gives up and names it. */
const usualPatienceMs = 30_000;

export interface LockPlace {
  readonly source: string;
  /** The source's directory; `lock/`, `lock.holder` and `trash/` are below it. */
  readonly directory: string;
  readonly workshop: Workshop;
  readonly step: Step;
  /** How long to wait for one that holds it; as long as is usual, unless given. */
  readonly patienceMs?: number;
}

/** A decision in its two halves. Neither may wait for anything: what they see must not change between them. */
export interface Decision<Found, Result> {
  /** Looks, and decides. It changes nothing, since it may be repeated. */
  readonly look: () => Found;
  readonly act: (found: Found) => Result;
}

/** Makes a decision under the lock. It is made anew when the lock was lost between the look and the act. */
export async function decide<Found, Result>(
  place: LockPlace,
  {look, act}: Decision<Found, Result>,
): Promise<Result> {
  const isPatienceOver = patienceOf(place.patienceMs ?? usualPatienceMs);
  for (;;) {
    const held = await takeLock(place, isPatienceOver);
    try {
      place.step('lock:taken');
      const found = look();
      place.step('lock:decided');
      if (held.isOurs()) return act(found);
    } finally {
      held.release();
    }
  }
}

/** Takes a lock that is there, and lets it go: that of a dead process is not left for somebody to wonder at. */
export async function freeLock(place: LockPlace): Promise<void> {
  const path = `${place.directory}/lock`;
  if (!exists(path) && !exists(`${path}.holder`)) return;
  await decide(place, {look: () => undefined, act: () => undefined});
}

interface HeldLock {
  readonly isOurs: () => boolean;
  readonly release: () => void;
}

async function takeLock(place: LockPlace, isPatienceOver: Patience): Promise<HeldLock> {
  const path = `${place.directory}/lock`;
  for (let attempt = 0; ; attempt++) {
    try {
      let isLost = false;
      const unlock = lockfile.lockSync(place.directory, {
        lockfilePath: path,
        realpath: false,
        stale: staleMs,
        retries: 0,
        fs: lockCalls,
        onCompromised: () => (isLost = true),
      });
      try {
        return hold(place, {path, unlock, isLost: () => isLost});
      } catch (error) {
        giveBack(path, {unlock, isOurs: true});
        throw error;
      }
    } catch (error) {
      // Who was stopped between making it and saying so finds that it was stale, and is gone.
      const isLost = hasCode(error, 'ENOENT') && exists(place.directory);
      if (!isLost && !hasCode(error, 'ELOCKED', 'ENOTDIR', 'ENOTEMPTY')) throw error;
    }
    if (isInTheWay(path)) throw notALock(path);
    if (breakAbandoned(place, path)) continue;
    if (isPatienceOver(path)) throw lockedTooLong(place);
    await pause(Math.random() * Math.min(5 * 2 ** attempt, 60));
  }
}

/** Says whose the lock is, which was just taken. */
function hold(
  {workshop}: LockPlace,
  {path, unlock, isLost}: {path: string; unlock: () => void; isLost: () => boolean},
): HeldLock {
  const mark = markOf(path);
  const ours = `${formatWorker(workshop.newWorker())} ${mark?.stamp ?? ''}\n`;
  const holder = `${path}.holder`;
  writeWhole(holder, ours);
  const isMarked = (): boolean => !isLost() && isSame(markOf(path), mark);
  return {
    isOurs: () => isMarked() && readText(holder) === ours,
    release: () => {
      const isStillOurs = isMarked();
      if (isStillOurs) removeFile(holder);
      giveBack(path, {unlock, isOurs: isStillOurs});
    },
  };
}

function giveBack(path: string, {unlock, isOurs}: {unlock: () => void; isOurs: boolean}): void {
  givenBack.set(path, isOurs);
  orUndefined(unlock, 'ENOTACQUIRED', 'ERELEASED');
  givenBack.delete(path);
}

/** What tells a lock from the next one of its name, which may well have the same inode. */
interface Mark {
  readonly stamp: string;
  readonly inode: bigint;
  readonly modifiedMs: number;
}

function markOf(path: string): Mark | undefined {
  const entry = entryOf(path);
  if (entry === undefined) return undefined;
  const {ino: inode, ctimeNs, mtimeMs} = entry;
  return {stamp: `${String(inode)}.${String(ctimeNs)}`, inode, modifiedMs: Number(mtimeMs)};
}

/** The locks that this process is giving back, and whether they are still its own. */
const givenBack = new Map<string, boolean>();

/**
 * proper-lockfile removes a lock by its name alone, whoever's it is meanwhile. Here it gives back only what is still
 * its own, and takes over only what is still stale.
 */
const lockCalls = {
  ...fileCalls,
  rmdirSync: (path: string): void => {
    const isStale = (): boolean => Date.now() - (markOf(path)?.modifiedMs ?? Infinity) > staleMs;
    if (givenBack.get(path) ?? isStale()) fileCalls.rmdirSync(path);
  },
};

/** Renames away the lock of a dead process of this host, or one from the future, which would never grow stale. */
function breakAbandoned({directory, workshop}: LockPlace, path: string): boolean {
  const mark = markOf(path);
  if (mark === undefined) return true;
  const isFromFuture = mark.modifiedMs > Date.now() + 2 * staleMs;
  const holder = holderOfLock(directory);
  const isHolderDead = holder !== undefined && workshop.fateOf(holder) === 'dead';
  if (!isFromFuture && !isHolderDead) return false;
  const aside = `${directory}/trash/lock@${formatWorker(workshop.newWorker())}`;
  makeDirectory(`${directory}/trash`);
  if (!renameIfThere(path, aside)) return true;
  const taken = markOf(aside);
  const isRightOne = taken?.inode === mark.inode && taken.modifiedMs === mark.modifiedMs;
  if (isRightOne) removeIfEmpty(aside);
  else renameIfThere(aside, path);
  return true;
}

/** Who holds the lock of a source's directory; undefined where nobody does, or has not said so yet. */
export function holderOfLock(directory: string): Worker | undefined {
  const path = `${directory}/lock`;
  const [words = '', stamp] = (readText(`${path}.holder`) ?? '').trim().split(' ');
  return stamp === markOf(path)?.stamp ? parseWorker(words) : undefined;
}

/** Something that no crcache made, and that would be waited for in vain. */
function isInTheWay(path: string): boolean {
  const entry = entryOf(path); // looked at once: a lock may go at any moment
  return entry !== undefined && (!entry.isDirectory() || listNames(path).length > 0);
}

function notALock(path: string): CrcacheError {
  return new CrcacheError(
    'damaged',
    `'${path}' is not an empty directory, as a lock is`,
    'crcache fsck --repair',
  );
}

function isSame(mark: Mark | undefined, other: Mark | undefined): boolean {
  return mark !== undefined && mark.stamp === other?.stamp;
}

function lockedTooLong({source, directory}: LockPlace): CrcacheError {
  const holder = holderOfLock(directory);
  const name =
    holder === undefined ? 'nobody known' : `process ${String(holder.pid)} on ${holder.host}`;
  return new CrcacheError(
    'locked',
    `source '${source}' is locked by ${name}`,
    `if nothing of crcache runs there any more: rmdir '${directory}/lock'`,
  );
}

type Patience = (path: string) => boolean;

/** Whether a lock has been the same one for so long. Where it goes from hand to hand, nothing is stuck. */
function patienceOf(ms: number): Patience {
  let seen: {readonly stamp: string | undefined; readonly sinceMs: number} | undefined;
  return (path) => {
    const stamp = markOf(path)?.stamp;
    if (seen?.stamp !== stamp) seen = undefined;
    seen ??= {stamp, sinceMs: clockMs()};
    return clockMs() - seen.sinceMs > ms;
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
