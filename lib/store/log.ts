// The log of a source: one JSON line for each transition, append only.

import {append, entryOf, renameIfThere, sizeOf} from '../files.js';
import {hasWord, openReader, overwrite} from '../pieces.js';

export interface LogEntry {
  readonly time: string;
  readonly instance: string;
  /** The state it left; absent for one that came to be. */
  readonly from?: string;
  /** The state it entered; absent for one that is gone. */
  readonly to?: string;
  /** The process that did it. */
  readonly by: string;
  readonly why: string;
}

export function writeLog(directory: string, entry: LogEntry): void {
  const path = `${directory}/log`;
  const line = `${JSON.stringify(entry)}\n`;
  try {
    append(path, line);
  } catch (error) {
    takeBack(path, line);
    throw error;
  }
}

/** A full disk cuts a line off, and the next one would follow in the same. What there is of it becomes a blank line. */
function takeBack(path: string, line: string): void {
  const file = entryOf(path)?.isFile() === true ? openReader(path) : undefined;
  if (file === undefined) return;
  const size = file.size();
  const whole = Buffer.from(line);
  const end = file.read(Math.max(0, size - whole.length), size);
  file.close();
  const rest = end.subarray(end.lastIndexOf('\n') + 1);
  if (rest.length === 0 || !whole.subarray(0, rest.length).equals(rest)) return;
  overwrite(path, Buffer.from(`${' '.repeat(rest.length - 1)}\n`), size - rest.length);
}

/** A log larger than this is set aside, and the one set aside before is gone. */
const largestLogBytes = 8 * 1024 * 1024;

export function isLogFull(directory: string): boolean {
  return sizeOf(`${directory}/log`) > largestLogBytes;
}

export function rotateLog(directory: string): void {
  if (isLogFull(directory)) renameIfThere(`${directory}/log`, `${directory}/log.1`);
}

/** A longer line is none of ours, and nobody wants to see it. */
export const longestLineBytes = 1024 * 1024;

/** Whether the log knows of an instance. */
export function wasEverLogged(directory: string, instance: string): boolean {
  const mark = `"instance":"${instance}"`;
  return ['log', 'log.1'].some((name) => hasWord(`${directory}/${name}`, mark));
}
