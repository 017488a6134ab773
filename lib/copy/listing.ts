// What is in a directory, as a program there told it. Names are bytes, a character each (latin1), from the directory.

import {decodeBytes} from '../bytes.js';
import {ArchiveProblem, type EntryType} from './entry.js';

export interface Listed {
  /** As find has it: d, f, l, p, b, c or s. */
  readonly type: string;
  readonly mode: number;
  /** NaN where the program there could not find it out; so are the others. */
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** In whole seconds. */
  readonly mtime: number;
  /** Where a symlink points. */
  readonly link: string;
}

/** What an archive calls what find calls so; sockets it has none. */
export const entryTypes: Readonly<Record<string, EntryType>> = {
  d: 'directory',
  f: 'file',
  l: 'symlink',
  p: 'fifo',
  b: 'block-device',
  c: 'character-device',
};

/** An entry as it was told. What that means is read when it is asked for: of what is the same on both sides it is not. */
export class Told {
  readonly #facts: string;
  readonly #link: string;
  #read: Listed | undefined;

  constructor(facts: string, link: string) {
    if (!/^[a-zA-Z?] [0-7-]+ \S+ \S+ \S+ \S+$/.test(facts)) {
      throw new ArchiveProblem('what was told is no listing');
    }
    this.#facts = facts;
    this.#link = link;
  }

  /** Whether the same was told of both, and nothing of it is unknown. */
  isLike(other: Told): boolean {
    return this.#facts === other.#facts && this.#link === other.#link && !this.#facts.includes('-');
  }

  get read(): Listed {
    this.#read ??= readFacts(this.#facts, this.#link);
    return this.#read;
  }
}

function readFacts(facts: string, link: string): Listed {
  const [type = '', mode = '', uid, gid, size, mtime] = facts.split(' ');
  return {
    type,
    mode: parseInt(mode, 8),
    uid: Number(uid),
    gid: Number(gid),
    size: Number(size),
    mtime: Number(mtime),
    link,
  };
}

/** By path; the directory itself is the empty one. */
export type Entries = ReadonlyMap<string, Told>;

/** What the listing script told, which is not trusted. It is read when it is asked for: of two trees that are alike it is not. */
export class Listing {
  /** The directory's own path, without symlinks. */
  readonly directory: string;
  readonly hasRsync: boolean;
  /** What was told of all entries, each ended by a NUL. */
  readonly #told: string;
  #records: readonly string[] | undefined;
  #entries: Entries | undefined;

  constructor(bytes: Buffer) {
    const first = bytes.indexOf(0);
    const second = bytes.indexOf(0, first + 1);
    this.directory = decodeBytes(bytes.subarray(0, Math.max(first, 0)));
    this.hasRsync = second > first + 1;
    const told = bytes.subarray(second + 1).toString('latin1');
    this.#told = told.replaceAll(/\.[0-9]+\0/g, '\0'); // whole seconds are what a copy has, and what counts
  }

  get records(): readonly string[] {
    this.#records ??= this.#told.split('\0').slice(0, -1);
    return this.#records;
  }

  get entries(): Entries {
    this.#entries ??= new Map(this.records.map(readRecord));
    return this.#entries;
  }

  /** Whether the same was told of both, and nothing of it is unknown, or only there for a moment. */
  isLike(other: Listing): boolean {
    if (this.#told.length !== other.#told.length) return false;
    if (this.#told.includes(' -') || this.#told.includes(temporary)) return false;
    if (this.#told === other.#told) return true;
    const records = new Set(this.records); // other directories have other orders
    return other.records.every((record) => records.has(record));
  }
}

function readRecord(record: string): [path: string, told: Told] {
  const [first, last] = [record.indexOf('//'), record.lastIndexOf('//')];
  if (first === last) throw new ArchiveProblem('what was told is no listing');
  const path = record.slice(0, first);
  checkPath(path);
  return [path, new Told(record.slice(last + 2), record.slice(first + 2, last))];
}

/** A name may lead nowhere else. */
function checkPath(path: string): void {
  if (path !== '' && /(^|\/)\.{0,2}(\/|$)/.test(path))
    throw new ArchiveProblem('leads outside', path);
}

/** Reads lines 'HASH NAME' ended by NUL: hashes by path. */
export function parseHashes(bytes: Buffer): Map<string, string> {
  const hashes = new Map<string, string>();
  for (const line of bytes.toString('latin1').split('\0')) {
    const [, hash, path] = /^([0-9a-f]{64}) [ *]\.\/([^]*)$/.exec(line) ?? [];
    if (hash !== undefined && path !== undefined) hashes.set(path, hash);
  }
  return hashes;
}

const temporary = '.crcache-';

/** What only exists while something arrives, or was left by one who died. */
export function isTemporary(path: string): boolean {
  return path.includes(temporary) && /(^|\/)\.crcache-[^/]+\.part(\/|$)/.test(path);
}
