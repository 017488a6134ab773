// Large files that arrive where this process can write. Their bytes go by this process in any case, and it writes them
// itself, into files beside what tar unpacks, which tar gives their names by hard links. Handed on, they would be copied
// once more each, by a third busy process.

import fs from 'node:fs';
import {orUndefined} from '../files.js';
import {closeEnd} from '../pipes.js';
import type {Entry, EntrySink} from './entry.js';
import {holdDirectory, pathIn} from './held.js';
import {NewFile, openNew, orProblem} from './new-file.js';
import type {ArchiveWriter} from './write-archive.js';

const largeSize = 1_048_576;

export interface LargePlace {
  /** Holds where tar unpacks, or undefined where who receives does not tell, which is waited for, or it is not to be seen. */
  readonly find: () => number | undefined;
  /** Of a directory to be made there. */
  readonly name: string;
  /** Files become theirs whom the entries name. */
  readonly givesAway: boolean;
}

/** Writes the large ones of what comes, and hands tar the rest. */
export class LargeFiles implements EntrySink {
  readonly #tar: ArchiveWriter;
  readonly #place: LargePlace;
  /** 'none' where tar has to make large files too, undefined before it is known. */
  #directory: number | 'none' | undefined;
  #count = 0;
  #writing: {readonly entry: Entry; readonly file: NewFile} | undefined;

  constructor(tar: ArchiveWriter, place: LargePlace) {
    this.#tar = tar;
    this.#place = place;
  }

  begin(entry: Entry): void {
    const directory = isLarge(entry) ? orProblem(entry, () => this.#findDirectory()) : undefined;
    if (directory === undefined) this.#tar.begin(entry);
    else this.#writing = {entry, file: new NewFile(directory, String(++this.#count), entry)};
  }

  write(bytes: Buffer): void {
    (this.#writing?.file ?? this.#tar).write(bytes);
  }

  end(): void {
    if (this.#writing !== undefined) {
      const {entry, file} = this.#writing;
      file.end(this.#place);
      this.#writing = undefined;
      const link = `./${this.#place.name}/${String(this.#count)}`;
      this.#tar.begin({...entry, type: 'link', size: 0, link});
    }
    this.#tar.end();
  }

  close(): void {
    this.#writing?.file.close();
    this.#writing = undefined;
    if (typeof this.#directory === 'number') closeEnd(this.#directory);
    this.#directory = 'none';
  }

  #findDirectory(): number | undefined {
    this.#directory ??= this.#makeDirectory() ?? 'none';
    return this.#directory === 'none' ? undefined : this.#directory;
  }

  /** Where files can have further names. */
  #makeDirectory(): number | undefined {
    const parent = this.#place.find();
    if (parent === undefined) return undefined;
    const name = Buffer.from(this.#place.name);
    try {
      fs.mkdirSync(pathIn(parent, name), 0o700);
      const directory = holdDirectory(parent, name);
      if (takesHardLinks(directory)) return directory;
      closeEnd(directory);
      return undefined;
    } finally {
      closeEnd(parent);
    }
  }
}

/** Whether there is nothing about a file that only tar can make. */
function isLarge({type, size, sparse, pax, mode}: Entry): boolean {
  const isPlain = sparse === undefined && pax.size === 0 && (mode & 0o6000) === 0;
  return type === 'file' && size >= largeSize && isPlain;
}

function takesHardLinks(directory: number): boolean {
  closeEnd(openNew(directory, '0'));
  const link = (): true => {
    fs.linkSync(pathIn(directory, Buffer.from('0')), pathIn(directory, Buffer.from('link')));
    return true;
  };
  return orUndefined(link, 'EPERM', 'ENOTSUP', 'ENOSYS', 'EMLINK') ?? false;
}
