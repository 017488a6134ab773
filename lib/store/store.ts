// The state directory: plain files, made at the first use, refused when they are of another layout or another
// directory's copy.

import {CrcacheError} from '../errors.js';
import {exists, listNames, makeDirectory, readText, statOf, writeOnce} from '../files.js';
import {isSourceName} from '../instance.js';
import {formatFacts, readFacts} from './record.js';
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

  /** Refuses what this program does not understand. */
  checkFormat(): void {
    const found = readText(`${this.directory}/format`)?.trim();
    if (found === undefined || found === format) return;
    throw new CrcacheError(
      'damaged',
      `state directory '${this.directory}' has format '${found}', and this crcache knows format '${format}'`,
      /^[0-9]+$/.test(found) && Number(found) > Number(format)
        ? 'use the newer crcache that made it'
        : 'crcache fsck',
    );
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
      `state directory '${this.directory}' is a copy: the instances in it belong to the original`,
      'crcache fsck --repair forgets them and makes it a directory of its own',
    );
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
    if (!this.#isChecked && this.exists) {
      this.checkFormat();
      this.#checkId();
      this.#isChecked = true;
    }
    const state = new SourceState(name, `${this.directory}/sources/${name}`, this.around);
    this.#sources.set(name, state);
    return state;
  }

  /** Sources that have, or had, instances. */
  sourceNames(): string[] {
    return listNames(`${this.directory}/sources`).filter(isSourceName).sort();
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
