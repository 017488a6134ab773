// The log of a source: one JSON line for each transition, append only.

import {append, readText, renameIfThere, sizeOf} from '../files.js';

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
  append(`${directory}/log`, `${JSON.stringify(entry)}\n`);
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
