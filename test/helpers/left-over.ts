// Processes that the tests started and that outlived them.

import {readdirSync, readFileSync} from 'node:fs';
import {setTimeout as pause} from 'node:timers/promises';

export interface LeftOver {
  readonly pid: number;
  readonly command: string;
}

/** How long a process that has been told to end may take for it. */
const graceMs = 2000;

/** The processes whose environment has this mark, once those that are just ending have ended (Linux only). */
export async function findLeftOver(mark: string): Promise<readonly LeftOver[]> {
  const deadline = Date.now() + graceMs;
  for (;;) {
    const found = findMarked(mark);
    if (found.length === 0 || Date.now() > deadline) return found;
    await pause(50);
  }
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
