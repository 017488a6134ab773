// The log of a source: one JSON line for each transition, append only.

import {append, readText, renameIfThere, sizeOf} from '../files.js';
import {overwrite} from '../pieces.js';

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
  const text = readText(path) ?? '';
  const rest = text.slice(text.lastIndexOf('\n') + 1);
  if (rest === '' || !line.startsWith(rest)) return;
  const blank = `${' '.repeat(Buffer.byteLength(rest) - 1)}\n`;
  overwrite(path, Buffer.from(blank), Buffer.byteLength(text) - blank.length);
}

/** A log larger than this is set aside, and the one set aside before is gone. */
const largestLogBytes = 8 * 1024 * 1024;

export function rotateLog(directory: string): void {
  const path = `${directory}/log`;
  if (sizeOf(path) > largestLogBytes) renameIfThere(path, `${path}.1`);
}

/** Whether the log knows of an instance. */
export function wasEverLogged(directory: string, instance: string): boolean {
  const mark = `"instance":"${instance}"`;
  return ['log', 'log.1'].some((name) => readText(`${directory}/${name}`)?.includes(mark) ?? false);
}
