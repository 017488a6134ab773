// The state directory: plain files, made at the first use, refused when they are of another layout or another
// directory's copy.

import {dirname} from 'node:path';
import {CrcacheError, hasCode} from '../errors.js';
import {entryOf, exists, listNames, makeDirectory, readText, statOf, writeOnce} from '../files.js';
import {isSourceName} from '../instance.js';
import {ownIds} from '../processes.js';
import {formatFacts, readFacts, readRecord, writeFacts} from './record.js';
import {SourceState, type Surroundings} from './source-state.js';
import {newNonce} from './worker.js';

/** The version of the layout. */
export const format = '1';

export class Store {
  readonly directory: string;
  readonly around: Surroundings;
  readonly #sources = new Map<string, SourceState>();
  #isChecked = false;
  #id: string | undefined;

  constructor(directory: string, around: Surroundings) {
    this.directory = directory;
    this.around = around;
  }

  /** Whether there is anything yet; reading commands make nothing. */
  get exists(): boolean {
    return exists(`${this.directory}/format`);
  }

  /** Makes the directory where there is none. Refuses another layout, and the copy of another directory. */
  open(): void {
    if (this.#isChecked && this.exists) return;
    this.checkFormat();
    if (!this.exists) this.make();
    this.#checkId();
    this.#isChecked = true;
  }

  /** Refuses, where there is one, what `open` does. */
  check(): void {
    if (this.#isChecked) return;
    this.checkFormat();
    if (this.exists) this.#checkId();
    this.#isChecked = this.exists;
  }

  /** Refuses what this program does not understand. */
  checkFormat(): void {
    this.checkOwner();
    const found = this.#read(() => readRecord(`${this.directory}/format`)?.trim());
    if (found === undefined) this.checkIsDirectory();
    if (found === undefined || found === format) return;
    throw new CrcacheError(
      'damaged',
      `state directory '${this.directory}' has format '${found}', and this crcache knows format '${format}'`,
      /^[0-9]+$/.test(found) && Number(found) > Number(format)
        ? 'use the newer crcache that made it'
        : 'crcache fsck',
    );
  }

  /** Root runs nothing that another user keeps here, and leaves nothing here that this one could not go on with. */
  checkOwner(): void {
    if (ownIds().uid !== 0) return;
    const owner = statOf(this.directory)?.uid;
    if (owner === undefined || owner === 0n) return;
    throw new CrcacheError(
      'usage',
      `state directory '${this.directory}' belongs to another user, uid ${String(owner)}, and is not used`,
      'run crcache as that user, or set HOME, or CRCACHE_DIR to one of your own',
    );
  }

  /** Refuses what is not one, and cannot be made one. */
  checkIsDirectory(): void {
    let nearest = this.directory;
    while (entryOf(nearest) === undefined && nearest !== dirname(nearest))
      nearest = dirname(nearest);
    if (statOf(nearest)?.isDirectory() === true) return;
    const message =
      nearest === this.directory
        ? `state directory '${nearest}' is not a directory`
        : `state directory '${this.directory}' cannot be: '${nearest}' is not a directory`;
    throw new CrcacheError('usage', message, 'set CRCACHE_DIR to one, or to where one can be made');
  }

  #checkId(): void {
    const {id, inode} = readFacts(`${this.directory}/id`) ?? {};
    if (inode === undefined) {
      const message = `state directory '${this.directory}' has no id of its own`;
      throw new CrcacheError('damaged', message, 'crcache fsck');
    }
    this.#id = id;
    if (inode === inodeOf(this.directory)) return;
    throw new CrcacheError(
      'damaged',
      `state directory '${this.directory}' was moved here, or is a copy: its instances belong to the original`,
      'if it was moved, and the original is gone: crcache fsck --moved keeps them; if it is a copy: crcache fsck --repair forgets them',
    );
  }

  /** Takes a directory that was moved here for what it was. False where it is where it was made. */
  settle(): boolean {
    this.checkFormat();
    const path = `${this.directory}/id`;
    const facts = readFacts(path);
    const inode = inodeOf(this.directory);
    if (facts?.['inode'] === undefined || facts['inode'] === inode) return false;
    writeFacts(path, {...facts, inode});
    return true;
  }

  private make(): void {
    makeDirectory(`${this.directory}/sources`);
    writeId(this.directory);
    writeOnce(`${this.directory}/format`, `${format}\n`);
  }

  /** This directory's own random id; what we make elsewhere carries it. */
  get id(): string {
    return (this.#id ??= readFacts(`${this.directory}/id`)?.['id']) ?? '';
  }

  /** The state of a source. Nobody gets at one, to look or to act, in a directory that is refused. */
  source(name: string): SourceState {
    const known = this.#sources.get(name);
    if (known !== undefined) return known;
    this.check();
    const state = new SourceState(name, `${this.directory}/sources/${name}`, this.around);
    this.#sources.set(name, state);
    return state;
  }

  /** Sources that have, or had, instances. */
  sourceNames(): string[] {
    const names = this.#read(() => listNames(`${this.directory}/sources`));
    return names.filter(isSourceName).sort();
  }

  /** Reads what is in the directory itself, which is another user's where sudo has kept HOME. */
  #read<Value>(read: () => Value): Value {
    try {
      return read();
    } catch (error) {
      if (!hasCode(error, 'EACCES')) throw error;
      const message = `state directory '${this.directory}' cannot be read: permission denied`;
      throw new CrcacheError('usage', message, 'set HOME, or CRCACHE_DIR to one of your own');
    }
  }
}

/** Gives a directory an id of its own, unless it has one. */
export function writeId(directory: string): void {
  const id = newNonce();
  const machine = readText('/etc/machine-id')?.trim() ?? '';
  const inode = inodeOf(directory);
  writeOnce(`${directory}/id`, formatFacts({id, machine, inode}));
}

export function inodeOf(directory: string): string {
  return String(statOf(directory)?.ino);
}
