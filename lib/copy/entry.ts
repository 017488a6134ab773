// What an archive says of one file. Names are bytes, a character each (latin1): a name may hold any byte but NUL.

export type EntryType =
  'file' | 'directory' | 'symlink' | 'link' | 'fifo' | 'character-device' | 'block-device';

export interface Entry {
  readonly path: string;
  readonly type: EntryType;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds, as they stand in the archive. */
  readonly mtime: number;
  /** The bytes that follow in the archive. */
  readonly size: number;
  /** Where a symlink or a hard link points. */
  readonly link: string;
  readonly device: readonly [major: number, minor: number];
  /** The map of a sparse file, as it stands in a GNU header; what continues it precedes the bytes. */
  readonly sparse?: Buffer | undefined;
  /** Further facts, by their pax names. */
  readonly pax: ReadonlyMap<string, string>;
}

/** Entries one after the other, each with its bytes. */
export interface EntrySource {
  readonly next: () => Entry | undefined | Promise<Entry | undefined>;
  /** Some of the bytes of the entry, or undefined after the last; valid until the next call. */
  readonly read: () => Buffer | undefined;
}

export interface EntrySink {
  readonly begin: (entry: Entry) => void | Promise<void>;
  readonly write: (bytes: Buffer) => void;
  /** The entry's bytes are complete. */
  readonly end: () => void | Promise<void>;
}

/** A failure of an archive itself, in words that go on "'NAME' …" or stand alone. */
export class ArchiveProblem extends Error {
  override readonly name = 'ArchiveProblem';
  /** The file that it is about, where it is about one. */
  readonly path: string | undefined;

  constructor(message: string, path?: string) {
    super(message);
    this.path = path;
  }
}

export const blockSize = 512;

export function paddingOf(size: number): number {
  return (blockSize - (size % blockSize)) % blockSize;
}
