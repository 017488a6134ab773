// Reads the log of a source from its end, however long it is, and then what is added to it. A line that cannot be read
// is passed over, and told of; when the log is set aside by a rename, reading goes on in the new one.

import {entryOf} from '../files.js';
import {openReader, pieceBytes, type Reader} from '../pieces.js';
import {longestLineBytes, type LogEntry} from './log.js';

export interface LogWish {
  readonly isWanted: (entry: LogEntry) => boolean;
  /** Told of a line that is no entry. */
  readonly onBroken: (line: string, path: string) => void;
}

export class LogReader {
  readonly #path: string;
  readonly #wish: LogWish;
  #file: Reader | undefined;
  /** The end of the last whole line that was read. */
  #offset = 0;

  constructor(directory: string, wish: LogWish) {
    this.#path = `${directory}/log`;
    this.#wish = wish;
  }

  /** The last entries that are wanted, the oldest first. */
  last(count: number): LogEntry[] {
    // The newer one first: if it is set aside in between, one file is seen twice rather than not at all.
    this.#file = openReader(this.#path);
    const older = openReader(`${this.#path}.1`);
    const found: LogEntry[] = [];
    if (this.#file !== undefined) {
      this.#offset = endOfLines(this.#file);
      this.#takeBackwards(this.#file, found, count);
    }
    if (older !== undefined) {
      if (older.inode !== this.#file?.inode) this.#takeBackwards(older, found, count);
      older.close();
    }
    return found.reverse();
  }

  /** The entries that were added since. */
  next(): LogEntry[] {
    this.#file ??= openReader(this.#path);
    if (this.#file === undefined) return [];
    const isStillIt = entryOf(this.#path)?.ino === this.#file.inode;
    const entries = this.#takeForwards(this.#file);
    if (isStillIt) return entries;
    this.close();
    const newer = openReader(this.#path);
    if (newer === undefined) return entries;
    this.#file = newer;
    return [...entries, ...this.#takeForwards(newer)];
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
    this.#offset = 0;
  }

  #takeBackwards(file: Reader, found: LogEntry[], count: number): void {
    if (found.length >= count) return;
    for (const line of linesBackwards(file)) {
      found.push(...this.#entriesOf(line));
      if (found.length >= count) return;
    }
  }

  #takeForwards(file: Reader): LogEntry[] {
    const size = file.size();
    if (size < this.#offset) this.#offset = 0;
    const bytes = file.read(this.#offset, size);
    const end = bytes.lastIndexOf(newline) + 1;
    this.#offset += end;
    const lines = bytes.subarray(0, end).toString().split('\n');
    return lines.flatMap((line) => this.#entriesOf(line));
  }

  #entriesOf(line: string): LogEntry[] {
    if (line.trim() === '') return [];
    const entry = parseEntry(line);
    if (entry === undefined) this.#wish.onBroken(line, this.#path);
    return entry !== undefined && this.#wish.isWanted(entry) ? [entry] : [];
  }
}

const newline = 10;

/** The lines of a file, the last one first; also what stands after the last newline. */
function* linesBackwards(file: Reader): Generator<string> {
  let line: Buffer[] = []; // what has been read of one, its end first
  for (let end = file.size(); end > 0; end -= pieceBytes) {
    let bytes = file.read(Math.max(0, end - pieceBytes), end);
    for (let at = bytes.lastIndexOf(newline); at !== -1; at = bytes.lastIndexOf(newline)) {
      yield textOf([...line, bytes.subarray(at + 1)]);
      line = [];
      bytes = bytes.subarray(0, at);
    }
    line.push(bytes);
  }
  yield textOf(line);
}

/** The text of a line, which is cut off where it is too long for one. */
function textOf(line: readonly Buffer[]): string {
  return Buffer.concat(line.toReversed(), Math.min(lengthOf(line), longestLineBytes)).toString();
}

function lengthOf(pieces: readonly Buffer[]): number {
  return pieces.reduce((total, {length}) => total + length, 0);
}

/** Where the last whole line ends: what stands behind is still being written. */
function endOfLines(file: Reader): number {
  for (let end = file.size(); end > 0; end -= pieceBytes) {
    const from = Math.max(0, end - pieceBytes);
    const at = file.read(from, end).lastIndexOf(newline);
    if (at !== -1) return from + at + 1;
  }
  return 0;
}

/** The entry that a line of the log says; undefined where it says none. */
function parseEntry(line: string): LogEntry | undefined {
  let entry: unknown;
  try {
    entry = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof entry !== 'object' || entry === null) return undefined;
  const facts = entry as Record<string, unknown>;
  const isWhole = ['time', 'instance', 'by', 'why'].every((key) => typeof facts[key] === 'string');
  return isWhole ? (entry as LogEntry) : undefined;
}
