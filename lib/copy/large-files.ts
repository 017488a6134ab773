// Large files that arrive on this machine. Their bytes go by this process in any case, and it writes them itself, into
// files beside what tar unpacks, which tar gives their names by hard links. Handed on, they would be copied once more
// each, by a third busy process.

import fs from 'node:fs';
import {encodeBytes} from '../bytes.js';
import {isFromSystem, reasonOf} from '../errors.js';
import {orUndefined} from '../files.js';
import {closeEnd, writeAll} from '../pipes.js';
import {ArchiveProblem, type Entry, type EntrySink} from './entry.js';
import type {ArchiveWriter} from './write-archive.js';

const largeSize = 1_048_576;

export interface LargePlace {
  /** A directory to be made, or undefined where who receives does not tell one; that is waited for. */
  readonly find: () => string | undefined;
  /** Its name where tar unpacks. */
  readonly name: string;
  /** Files become theirs whom the entries name. */
  readonly givesAway: boolean;
}

/** Writes the large ones of what comes, and hands tar the rest. */
export class LargeFiles implements EntrySink {
  readonly #tar: ArchiveWriter;
  readonly #place: LargePlace;
  /** '' where tar has to make large files too, undefined before it is known. */
  #directory: string | undefined;
  #count = 0;
  #writing: {readonly entry: Entry; readonly descriptor: number} | undefined;

  constructor(tar: ArchiveWriter, place: LargePlace) {
    this.#tar = tar;
    this.#place = place;
  }

  begin(entry: Entry): void {
    const descriptor = isLarge(entry) ? orProblem(entry, () => this.#open()) : undefined;
    if (descriptor === undefined) this.#tar.begin(entry);
    else this.#writing = {entry, descriptor};
  }

  write(bytes: Buffer): void {
    const writing = this.#writing;
    if (writing === undefined) this.#tar.write(bytes);
    else {
      orProblem(writing.entry, () => {
        writeAll(writing.descriptor, bytes);
      });
    }
  }

  end(): void {
    if (this.#writing !== undefined) {
      const {entry, descriptor} = this.#writing;
      orProblem(entry, () => {
        this.#dress(descriptor, entry);
      });
      this.close();
      const link = `./${this.#place.name}/${String(this.#count)}`;
      this.#tar.begin({...entry, type: 'link', size: 0, link});
    }
    this.#tar.end();
  }

  close(): void {
    if (this.#writing !== undefined) closeEnd(this.#writing.descriptor);
    this.#writing = undefined;
  }

  #open(): number | undefined {
    this.#directory ??= this.#place.find() ?? '';
    if (this.#count === 0 && !takesHardLinks(this.#directory)) this.#directory = '';
    if (this.#directory === '') return undefined;
    return makeFile(`${this.#directory}/${String(++this.#count)}`);
  }

  /** Has a file look as its entry says. */
  #dress(descriptor: number, {mode, mtime, uid, gid}: Entry): void {
    const isRoots = fs.fstatSync(descriptor).uid === 0;
    if (this.#place.givesAway && isRoots) fs.fchownSync(descriptor, uid, gid);
    fs.fchmodSync(descriptor, mode);
    fs.futimesSync(descriptor, new Date(), mtime);
  }
}

/** Whether there is nothing about a file that only tar can make. */
function isLarge({type, size, sparse, pax, mode}: Entry): boolean {
  const isPlain = sparse === undefined && pax.size === 0 && (mode & 0o6000) === 0;
  return type === 'file' && size >= largeSize && isPlain;
}

/** Makes a directory, and answers whether its files can have further names. */
function takesHardLinks(directory: string): boolean {
  if (directory === '') return false;
  fs.mkdirSync(encodeBytes(directory), 0o700);
  closeEnd(makeFile(`${directory}/0`));
  const link = (): true => {
    fs.linkSync(encodeBytes(`${directory}/0`), encodeBytes(`${directory}/link`));
    return true;
  };
  return orUndefined(link, 'EPERM', 'ENOTSUP', 'ENOSYS', 'EMLINK') ?? false;
}

function makeFile(path: string): number {
  return fs.openSync(encodeBytes(path), 'wx', 0o600);
}

function orProblem<Value>({path}: Entry, act: () => Value): Value {
  try {
    return act();
  } catch (error) {
    if (!isFromSystem(error)) throw error;
    throw new ArchiveProblem(`cannot be written: ${reasonOf(error)}`, path);
  }
}
