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

/** What is said of a file with nothing in it. */
export const emptyFile: Omit<Entry, 'path' | 'mode'> = {
  type: 'file',
  uid: 0,
  gid: 0,
  mtime: 0,
  size: 0,
  link: '',
  device: [0, 0],
  pax: new Map(),
};

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
  /** There is nothing wrong with what came but that it ends: who sends knows why. */
  readonly isEarlyEnd: boolean;
  /** Who sends by other means than an archive has none. */
  readonly isOfTar: boolean;

  constructor(message: string, path?: string, {isEarlyEnd = false, isOfTar = false} = {}) {
    super(message);
    this.path = path;
    this.isEarlyEnd = isEarlyEnd;
    this.isOfTar = isOfTar;
  }
}

/** That a stream ends within a file, or without its end. */
export function cutOff(path = ''): ArchiveProblem {
  const message = path === '' ? 'the stream is cut off' : 'is cut off';
  return new ArchiveProblem(message, path === '' ? undefined : path, {isEarlyEnd: true});
}

export const blockSize = 512;

export function paddingOf(size: number): number {
  return (blockSize - (size % blockSize)) % blockSize;
}
