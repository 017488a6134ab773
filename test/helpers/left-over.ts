// Processes that the tests started and that outlived them.

import {readdirSync, readFileSync} from 'node:fs';
import {setTimeout as pause} from 'node:timers/promises';
import {stateOf} from './held.js';

export interface LeftOver {
  readonly pid: number;
  readonly command: string;
}

/** How long a process that has been told to end may take for it. */
const graceMs = 2000;

/** How long what keeps house may take; for twenty watchers that all have something to do that is a while. */
const housekeepingMs = 60_000;

interface Looking<Found> {
  readonly find: () => readonly Found[];
  /** Whether that is at work, which ends by itself and goes on for as long as it needs. */
  readonly isAtWork: (found: Found) => boolean;
}

/** Waits until nothing is found, or what is just ending has had its time for that. */
async function findAtLast<Found>({find, isAtWork}: Looking<Found>): Promise<readonly Found[]> {
  const start = performance.now();
  for (let restsSince = start; ;) {
    const found = find();
    const now = performance.now();
    if (found.some(isAtWork) && now < start + housekeepingMs) restsSince = now;
    if (found.length === 0 || now > restsSince + graceMs) return found;
    await pause(50);
  }
}

/** The processes whose environment has this mark, once those that are just ending have ended (Linux only). */
export function findLeftOver(mark: string): Promise<readonly LeftOver[]> {
  const isAtWork = ({pid, command}: LeftOver): boolean =>
    keepsHouse(command) && stateOf(pid) !== 'T';
  return findAtLast({find: () => findMarked(mark), isAtWork});
}

/** What there is, and was not before, once what is just going has gone. */
export function findAdded(
  list: () => readonly string[],
  before: readonly string[],
): Promise<readonly string[]> {
  const known = new Set(before);
  const find = (): readonly string[] => list().filter((thing) => !known.has(thing));
  return findAtLast({find, isAtWork: keepsHouse});
}

/** Whether what runs is a gc in the background: it ends when it has done what is due. */
function keepsHouse(command: string): boolean {
  return / gc( -q| --auto)?'?$/.test(command);
}

/** Whether somebody else has tests, or measures, on this machine. */
export function isAnotherRun(run: string): boolean {
  if (process.platform !== 'linux') return false;
  const isOthers = (words: readonly string[]): boolean =>
    !words.includes(`CRCACHE_TEST_RUN=${run}`) &&
    words.some((word) => /^(CRCACHE_TEST_RUN=|CRCACHE_DIR=.*\/crcache-test-)/.test(word));
  return readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .some((pid) => isOthers(readProc(pid, 'environ')));
}

/** The processes whose environment has this mark, now. */
export function findMarked(mark: string): readonly LeftOver[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => readProc(pid, 'environ').includes(mark))
    .map((pid) => ({pid: Number(pid), command: readProc(pid, 'cmdline').join(' ').trim()}));
}

/** The words of a file below /proc/PID; none for a process that is gone, or another user's. */
function readProc(pid: string, file: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8').split('\0');
  } catch {
    return [];
  }
}
