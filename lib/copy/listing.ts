// What is in a directory, as a program there told it. Names are bytes, a character each (latin1), from the directory.

import {decodeBytes} from '../bytes.js';
import {ArchiveProblem} from './entry.js';

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

export interface Listing {
  /** The directory's own path, without symlinks. */
  readonly directory: string;
  readonly hasRsync: boolean;
  /** By name, so that what is in a directory comes after it. The directory itself is the empty name. */
  readonly entries: ReadonlyMap<string, Listed>;
}

/** Reads what the listing script told, which is not trusted. */
export function parseListing(bytes: Buffer): Listing {
  const fields = bytes.toString('latin1').split('\0');
  const [directory = '', rsync = ''] = fields;
  const entries = new Map<string, Listed>();
  for (let index = 2; index + 1 < fields.length; index += 2) {
    const [, type, mode, uid, gid, size, mtime, path] =
      /^([a-zA-Z?]) ([0-7-]+) (\S+) (\S+) (\S+) (\S+) ([^]*)$/.exec(fields[index] ?? '') ?? [];
    if (type === undefined || path === undefined) throw new ArchiveProblem('is no listing', '');
    checkPath(path);
    entries.set(path, {
      type,
      mode: parseInt(mode ?? '', 8),
      uid: Number(uid),
      gid: Number(gid),
      size: Number(size),
      mtime: Math.floor(Number(mtime)),
      link: fields[index + 1] ?? '',
    });
  }
  return {
    directory: decodeBytes(Buffer.from(directory, 'latin1')),
    hasRsync: rsync !== '',
    entries: byName(entries),
  };
}

/** Sorted by their names alone, for to call a function of ours at each comparison takes most of the time. */
function byName<Value>(entries: ReadonlyMap<string, Value>): Map<string, Value> {
  const sorted = new Map<string, Value>();
  for (const name of [...entries.keys()].sort()) sorted.set(name, entries.get(name) as Value);
  return sorted;
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

/** What only exists while something arrives, or was left by one who died. */
export function isTemporary(path: string): boolean {
  return /(^|\/)\.crcache-[^/]+\.part(\/|$)/.test(path);
}
