// Files that are read and written piece by piece, whatever their size.

import fs from 'node:fs';
import {named, orUndefined, statOf} from './files.js';

/**
 * Hands on the bytes of a regular file, up to a limit, without waiting for a pipe's writer. A piece is only
 * valid until `take` returns.
 */
export function readPieces(path: string, take: (piece: Buffer) => void, limit = Infinity): void {
  const file = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  try {
    if (!fs.fstatSync(file).isFile()) throw new NotReadable('it is not a file');
    const piece = Buffer.alloc(pieceBytes);
    for (let total = 0; ;) {
      const size = fs.readSync(file, piece, 0, piece.length, null);
      if (size === 0) return;
      total += size;
      if (total > limit) throw new NotReadable(`it has more than ${String(limit)} bytes`);
      take(piece.subarray(0, size));
    }
  } finally {
    fs.closeSync(file);
  }
}

/** Something is there, but not a file that one would read; the message completes "cannot read it: …". */
export class NotReadable extends Error {
  override readonly name = 'NotReadable';
}

/** A file that is read bit by bit. It stays the same file when its name is given to another. */
export interface Reader {
  readonly inode: bigint;
  readonly size: () => number;
  /** The bytes between two places, as far as there are any. */
  readonly read: (from: number, to: number) => Buffer;
  readonly close: () => void;
}

/** Opens a file for reading; undefined where there is none. */
export function openReader(path: string): Reader | undefined {
  const file = orUndefined(() => fs.openSync(path, 'r'), 'ENOENT', 'ENOTDIR');
  if (file === undefined) return undefined;
  return {
    inode: fs.fstatSync(file, {bigint: true}).ino,
    size: () => fs.fstatSync(file).size,
    read: (from, to) => {
      const bytes = Buffer.alloc(to - from);
      return bytes.subarray(
        0,
        named(path, () => fs.readSync(file, bytes, 0, bytes.length, from)),
      );
    },
    close: () => {
      fs.closeSync(file);
    },
  };
}

/** The end of a file, or of what stands in it from a place on; of no more bytes than these. */
export function readEnd(path: string, bytes: number, from = 0): Buffer {
  const file = openReader(path);
  if (file === undefined) return Buffer.alloc(0);
  try {
    const size = file.size();
    return file.read(Math.min(size, Math.max(from, size - bytes)), size);
  } finally {
    file.close();
  }
}

/** How much of a file is read at once. */
export const pieceBytes = 65_536;

/** Whether a file has a word in it, which is looked for from its end; false where there is none. */
export function hasWord(path: string, word: string): boolean {
  const file = openReader(path);
  if (file === undefined) return false;
  try {
    const overlap = Buffer.byteLength(word) - 1;
    for (let end = file.size(); end > 0; end -= pieceBytes) {
      const piece = file.read(Math.max(0, end - pieceBytes), end + overlap);
      if (piece.includes(word)) return true;
    }
    return false;
  } finally {
    file.close();
  }
}

/** A new file that grows piece by piece. */
export interface Growing {
  readonly write: (piece: Uint8Array) => void;
  readonly close: () => void;
}

/** Makes a file, or empties the one that there is. */
export function growFile(path: string): Growing {
  const file = fs.openSync(path, 'w', 0o600);
  return {
    write: (piece) => {
      for (let rest = piece; rest.length > 0;) rest = rest.subarray(fs.writeSync(file, rest));
    },
    close: () => {
      fs.closeSync(file);
    },
  };
}

/** Writes into whatever is at a path, through symlinks; where nothing is, a file is made with this mode, whatever our umask. */
export function writeInto(path: string, text: string, newMode: number): void {
  const isNew = statOf(path) === undefined;
  const file = fs.openSync(path, 'w', newMode);
  try {
    if (isNew) fs.fchmodSync(file, newMode);
    fs.writeFileSync(file, text);
  } finally {
    fs.closeSync(file);
  }
}

/** Writes over bytes in the middle of a file. */
export function overwrite(path: string, bytes: Buffer, position: number): void {
  const file = fs.openSync(path, 'r+');
  fs.writeSync(file, bytes, 0, bytes.length, position);
  fs.closeSync(file);
}
