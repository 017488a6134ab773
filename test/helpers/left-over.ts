// Processes that the tests started and that outlived them.

import {readdirSync, readFileSync} from 'node:fs';
import {setTimeout as pause} from 'node:timers/promises';

export interface LeftOver {
  readonly pid: number;
  readonly command: string;
}

/** Waits until nothing is found, or what is just ending has had its time for that. */
async function findAtLast<Found>(find: () => readonly Found[]): Promise<readonly Found[]> {
  const deadline = Date.now() + graceMs;
  for (;;) {
    const found = find();
    if (found.length === 0 || Date.now() > deadline) return found;
    await pause(50);
  }
}

/** How long a process that has been told to end may take for it. */
const graceMs = 2000;

/** The processes whose environment has this mark, once those that are just ending have ended (Linux only). */
export function findLeftOver(mark: string): Promise<readonly LeftOver[]> {
  return findAtLast(() => findMarked(mark));
}

/** What there is, and was not before, once what is just going has gone. */
export function findAdded(
  list: () => readonly string[],
  before: readonly string[],
): Promise<readonly string[]> {
  const known = new Set(before);
  return findAtLast(() => list().filter((thing) => !known.has(thing)));
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
