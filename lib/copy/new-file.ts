// A file that this process makes of an entry: with its bytes first, and then its looks.

import fs from 'node:fs';
import {isFromSystem, reasonOf} from '../errors.js';
import {closeEnd, writeAll} from '../pipes.js';
import {ArchiveProblem, type Entry} from './entry.js';
import {pathIn} from './held.js';

export class NewFile {
  readonly #entry: Entry;
  #descriptor: number | undefined;

  /** In a directory that is held. */
  constructor(directory: number, name: string, entry: Entry) {
    this.#entry = entry;
    orProblem(entry, () => {
      this.#descriptor = openNew(directory, name);
      this.#lengthen();
    });
  }

  write(bytes: Buffer): void {
    orProblem(this.#entry, () => {
      writeAll(this.#open(), bytes);
    });
  }

  /** Has it look as its entry says. */
  end({givesAway}: {readonly givesAway: boolean}): void {
    const {mode, mtime, uid, gid} = this.#entry;
    orProblem(this.#entry, () => {
      const descriptor = this.#open();
      const isRoots = fs.fstatSync(descriptor).uid === 0;
      if (givesAway && isRoots) fs.fchownSync(descriptor, uid, gid);
      fs.fchmodSync(descriptor, mode);
      fs.futimesSync(descriptor, new Date(), utimeOf(mtime));
    });
    this.close();
  }

  close(): void {
    if (this.#descriptor !== undefined) closeEnd(this.#descriptor);
    this.#descriptor = undefined;
  }

  /** What is within a file is written faster than what makes it longer. */
  #lengthen(): void {
    try {
      fs.ftruncateSync(this.#open(), this.#entry.size);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  #open(): number {
    if (this.#descriptor === undefined) throw new Error('the file is closed');
    return this.#descriptor;
  }
}

/** Seconds for node's utimes, which take a number below 0, and no string, for the time of now. */
export const utimeOf = (seconds: number): string => String(seconds);

/** Makes an empty file, which is not there yet. */
export function openNew(directory: number, name: string): number {
  return fs.openSync(pathIn(directory, Buffer.from(name)), 'wx', 0o600);
}

/** What an act gives; a failure of the system is one of what comes. */
export function orProblem<Value>({path}: Entry, act: () => Value): Value {
  try {
    return act();
  } catch (error) {
    if (!isFromSystem(error)) throw error;
    throw new ArchiveProblem(`cannot be written: ${reasonOf(error)}`, path);
  }
}
