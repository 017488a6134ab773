// A few plain files and directories, which this process can see though they may be somebody else's. They are held before any
// is sent: what is sent is what was looked at, each as long as it is when its turn has come. To read them takes no program, which is most of what a small copy costs, and
// large ones are copied by whoever writes them without a pipe in between.

import fs, {type Stats} from 'node:fs';
import {ArchiveProblem, emptyFile, type Entry, type EntrySource} from './entry.js';
import {heldPath, hold, openHeld, unlessFails} from './held.js';

/** How many they may be; each is looked at before it is known that there are more. */
const most = 64;

/** What is less than that may be on the disk in less than it is long, without holes. */
const smallestHoles = 65_536;

/** How much is read at once: no pipe is waited for. */
const readBytes = 131_072;

export interface HeldRoot {
  readonly descriptor: number;
  /** The name under which it arrives, in latin1; '.' is what is in a directory. */
  readonly name: string;
}

interface Held {
  readonly entry: Entry;
  /** Of a file alone. */
  readonly descriptor?: number;
  readonly mtimeMs: number;
}

/** These and all below them; undefined where they are many, or there is anything that more is to be said of. */
export function openFew(roots: readonly HeldRoot[]): FewFiles | undefined {
  const held: Held[] = [];
  const gatherAll = (): boolean =>
    roots.every(({descriptor, name}) => gather(descriptor, name === '.' ? '.' : `./${name}`, held));
  const files = new FewFiles(held);
  if (unlessFails(gatherAll) === true) return files;
  files.close();
  return undefined;
}

/** Adds what is held there; the value is whether it may be one of a few. */
function gather(descriptor: number, path: string, all: Held[]): boolean {
  if (all.length >= most) return false;
  const state = fs.fstatSync(descriptor);
  const {mode, uid, gid, mtimeMs, size} = state;
  const mtime = Math.floor(mtimeMs / 1000);
  const entry = {...emptyFile, path, mode: mode & 0o7777, uid, gid, mtime};
  if (isPlain(state)) {
    const file = openHeld(descriptor);
    all.push({entry: {...entry, size}, descriptor: file, mtimeMs});
    return size > 0 || isEmpty(file);
  }
  if (!state.isDirectory() || hasSetBits(state)) return false;
  all.push({entry: {...entry, type: 'directory'}, mtimeMs});
  const names = namesIn(descriptor, most - all.length);
  return names?.every((name) => gatherBelow(descriptor, name, {path, all})) ?? false;
}

interface Above {
  readonly path: string;
  readonly all: Held[];
}

function gatherBelow(directory: number, name: string, {path, all}: Above): boolean {
  const descriptor = hold(directory, Buffer.from(name, 'latin1'));
  try {
    return gather(descriptor, `${path}/${name}`, all);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** What is in a directory, in latin1; undefined where it is more than so much. */
function namesIn(descriptor: number, limit: number): string[] | undefined {
  const names: string[] = [];
  const directory = fs.opendirSync(heldPath(descriptor), {encoding: 'latin1'});
  try {
    for (let each = directory.readSync(); each !== null; each = directory.readSync()) {
      if (names.length === limit) return undefined;
      names.push(each.name);
    }
  } finally {
    directory.closeSync();
  }
  return names;
}

/** Whether it is a file with one name, without holes, and without bits that are lost. */
function isPlain(state: Stats): boolean {
  return state.isFile() && state.nlink === 1 && !hasHoles(state) && !hasSetBits(state);
}

/** Files of the kernel, which are not as long as they say, are on no disk at all. */
function hasHoles({size, blocks}: Stats): boolean {
  return size > smallestHoles ? blocks * 512 < size : size > 0 && blocks === 0;
}

/** What is said to be empty is not, where the kernel makes it as it is read. */
const isEmpty = (file: number): boolean => fs.readSync(file, Buffer.alloc(1), 0, 1, 0) === 0;

const hasSetBits = ({mode}: Stats): boolean => (mode & 0o6000) !== 0;

export class FewFiles implements EntrySource {
  readonly #all: Held[];
  readonly #buffer = Buffer.allocUnsafe(readBytes);
  #index = -1;
  #current: Held | undefined;
  #left = 0;

  constructor(all: Held[]) {
    this.#all = all;
  }

  next(): Entry | undefined {
    const held = this.#all[++this.#index];
    this.#current = held && asItIs(held);
    this.#left = this.#current?.entry.size ?? 0;
    return this.#current?.entry;
  }

  read(): Buffer | undefined {
    const current = this.#current;
    if (current?.descriptor === undefined || this.#left === 0) return undefined;
    const wanted = Math.min(this.#left, this.#buffer.length);
    const length = fs.readSync(current.descriptor, this.#buffer, 0, wanted, null);
    if (length === 0) throw new ArchiveProblem('became shorter as it was read', current.entry.path);
    this.#left -= length;
    if (this.#left === 0) checkSame(current);
    return this.#buffer.subarray(0, length);
  }

  close(): void {
    for (const {descriptor} of this.#all.splice(0)) {
      if (descriptor !== undefined) fs.closeSync(descriptor);
    }
  }
}

/** What is held, as long and as old as it is by now. */
function asItIs(held: Held): Held {
  const {entry, descriptor} = held;
  if (descriptor === undefined) return held;
  const {size, mtimeMs} = fs.fstatSync(descriptor);
  return {descriptor, mtimeMs, entry: {...entry, size, mtime: Math.floor(mtimeMs / 1000)}};
}

/** Half of it may be from before somebody wrote to it, and half from after. */
function checkSame(was: Held): void {
  const {entry, mtimeMs} = asItIs(was);
  if (entry.size !== was.entry.size || mtimeMs !== was.mtimeMs) {
    throw new ArchiveProblem('changed as it was read', entry.path);
  }
}
