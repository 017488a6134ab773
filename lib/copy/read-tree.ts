// Reads files of this machine as an archive has them, for who receives less than our own tar would send: to take out what
// that says beyond a plain archive, this process would have to have all bytes go through it once more.

import fs, {type Stats} from 'node:fs';
import {encodeBytes} from '../bytes.js';
import {isFromSystem, reasonOf} from '../errors.js';
import {pipePieceBytes} from '../pipes.js';
import {ArchiveProblem, emptyFile, type Entry, type EntrySource, type EntryType} from './entry.js';
import {isExcluded} from './exclude.js';

export interface TreeOptions {
  /** The files, by absolute paths, and the names under which they arrive; '.' is what is in a directory. */
  readonly roots: readonly {readonly path: string; readonly name: string}[];
  readonly follows: boolean;
  /** Patterns, in latin1. */
  readonly excludes: readonly string[];
  /** Of the only root, which is a directory, these alone: paths in it, in latin1. */
  readonly only?: Iterable<string> | undefined;
  /** Told of what is not sent: 'socket' is no failure. */
  readonly onMissing: (path: string, why: string) => void;
}

interface Found {
  readonly file: Buffer;
  /** Under which it arrives. */
  readonly path: string;
  readonly state: Stats;
}

export class TreeReader implements EntrySource {
  readonly #options: TreeOptions;
  readonly #found: Iterator<Found, undefined>;
  /** The first path of each file that has several. */
  readonly #linked = new Map<string, string>();
  readonly #buffer = Buffer.allocUnsafe(pipePieceBytes);
  #open: {readonly descriptor: number; readonly path: string; left: number} | undefined;

  constructor(options: TreeOptions) {
    this.#options = options;
    this.#found = this.#all();
  }

  next(): Entry | undefined {
    this.close();
    for (;;) {
      const found = this.#found.next().value;
      if (found === undefined) return undefined;
      const entry = this.#orTell(found.path, () => this.#begin(found));
      if (entry !== undefined) return entry;
    }
  }

  read(): Buffer | undefined {
    const open = this.#open;
    if (open === undefined || open.left === 0) return undefined;
    const most = Math.min(open.left, this.#buffer.length);
    const length = fs.readSync(open.descriptor, this.#buffer, 0, most, null);
    if (length === 0) throw new ArchiveProblem('became shorter as it was read', open.path);
    open.left -= length;
    return this.#buffer.subarray(0, length);
  }

  close(): void {
    if (this.#open !== undefined) fs.closeSync(this.#open.descriptor);
    this.#open = undefined;
  }

  *#all(): Generator<Found, undefined> {
    const {roots, only, follows} = this.#options;
    for (const {path: root, name} of roots) {
      const file = encodeBytes(root);
      const path = name === '.' ? '.' : `./${encodeBytes(name).toString('latin1')}`;
      if (only === undefined) yield* this.#below(file, path, []);
      for (const each of only ?? []) {
        const below = {file: within(file, each), path: `./${each}`};
        const state = this.#orTell(below.path, () => stateOf(below.file, follows));
        if (state !== undefined) yield {...below, state};
      }
    }
  }

  /** A file and all below it, each directory before what is in it. */
  *#below(file: Buffer, path: string, above: readonly string[]): Generator<Found, undefined> {
    const {excludes, follows} = this.#options;
    if (excludes.length > 0 && isExcluded(path, excludes)) return;
    const state = this.#orTell(path, () => stateOf(file, follows));
    if (state === undefined) return;
    const identity = identityOf(state);
    if (above.includes(identity)) {
      this.#options.onMissing(path, 'it is a symlink to a directory above it');
      return;
    }
    yield {file, path, state};
    if (!state.isDirectory()) return;
    const names = this.#orTell(path, () => fs.readdirSync(file, {encoding: 'buffer'})) ?? [];
    const here = follows ? [...above, identity] : above;
    for (const name of names.map((each) => each.toString('latin1'))) {
      yield* this.#below(within(file, name), `${path}/${name}`, here);
    }
  }

  /** The entry of a file; of one that has several names, the first has what is in it. */
  #begin(found: Found): Entry | undefined {
    const {path, state} = found;
    const identity = identityOf(state);
    const isShared = state.nlink > 1 && !state.isDirectory();
    const link = isShared ? this.#linked.get(identity) : undefined;
    if (link !== undefined) return {...factsOf(found), type: 'link', link};
    const entry = this.#beginWhole(found);
    if (isShared && entry !== undefined) this.#linked.set(identity, path);
    return entry;
  }

  #beginWhole(found: Found): Entry | undefined {
    const {file, path, state} = found;
    const type = typeOf(state);
    if (type === undefined) {
      this.#options.onMissing(path, 'socket');
      return undefined;
    }
    const entry = {...factsOf(found), type};
    if (type === 'file') return {...entry, size: this.#openFile(file, path)};
    if (type !== 'symlink') return {...entry, device: [major(state.rdev), minor(state.rdev)]};
    return {...entry, link: fs.readlinkSync(file, {encoding: 'buffer'}).toString('latin1')};
  }

  /** Opens a file to be read; the value is its size. It may have become something else since it was found. */
  #openFile(file: Buffer, path: string): number {
    const {O_RDONLY, O_NOFOLLOW, O_NONBLOCK} = fs.constants;
    const flags = O_RDONLY | O_NONBLOCK | (this.#options.follows ? 0 : O_NOFOLLOW);
    const descriptor = fs.openSync(file, flags);
    const left = fs.fstatSync(descriptor).size;
    this.#open = {descriptor, path, left};
    return left;
  }

  /** What cannot be read is told, and the rest is sent. */
  #orTell<Value>(path: string, act: () => Value): Value | undefined {
    try {
      return act();
    } catch (error) {
      if (!isFromSystem(error)) throw error;
      this.#options.onMissing(path, reasonOf(error));
      return undefined;
    }
  }
}

const stateOf = (file: Buffer, follows: boolean): Stats =>
  follows ? fs.statSync(file) : fs.lstatSync(file);

const identityOf = ({dev, ino}: Stats): string => `${String(dev)}:${String(ino)}`;

function within(directory: Buffer, path: string): Buffer {
  return Buffer.concat([directory, Buffer.from(`/${path}`, 'latin1')]);
}

function factsOf({path, state}: Found): Omit<Entry, 'type'> {
  const {mode, uid, gid, mtimeMs} = state;
  return {...emptyFile, path, mode: mode & 0o7777, uid, gid, mtime: Math.floor(mtimeMs / 1000)};
}

function typeOf(state: Stats): EntryType | undefined {
  if (state.isFile()) return 'file';
  if (state.isDirectory()) return 'directory';
  if (state.isSymbolicLink()) return 'symlink';
  if (state.isFIFO()) return 'fifo';
  if (state.isCharacterDevice()) return 'character-device';
  return state.isBlockDevice() ? 'block-device' : undefined;
}

/** As Linux has them in one number. */
const major = (device: number): number => Math.floor(device / 256) % 4096;
const minor = (device: number): number => (device % 256) + Math.floor(device / 1_048_576) * 256;
