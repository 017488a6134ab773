// A few files and directories that arrive in a tree which is somebody else's, and which this process sees: it makes them
// itself, in a directory beside their place, and renames them when all is there. Where names end up follows the rules of
// cp. What is unusual there, whoever is in that tree has to see to, from the beginning.

import fs from 'node:fs';
import {encodeBytes} from '../bytes.js';
import {closeEnd} from '../pipes.js';
import {emptyFile, type Entry, type EntrySink} from './entry.js';
import {areOnOneMount, heldPath, holdDirectory, holdIfThere, pathIn, unlessFails} from './held.js';
import type {HeldPlace, Target} from './held-place.js';
import {NewFile, utimeOf} from './new-file.js';
import {removeHeld} from './remove-held.js';

/** What has come of one entry. */
interface Come {
  readonly entry: Entry;
  /** Its name where it waits; a directory is made when all is there. */
  readonly part: string;
  /** Of a directory alone: what is in it, by names in latin1. */
  readonly children: Map<string, Come> | undefined;
}

export class HeldFiles implements EntrySink {
  readonly #place: HeldPlace;
  readonly #part: Buffer;
  /** The directory where all waits, which has the part's name. */
  readonly #stage: number;
  #top = come({...emptyFile, path: '.', type: 'directory', mode: 0o700}, 'top');
  #count = 0;
  #file: NewFile | undefined;
  #isUnusual = false;

  constructor(place: HeldPlace, part: string) {
    this.#place = place;
    this.#part = Buffer.from(part);
    fs.mkdirSync(pathIn(place.directory, this.#part), 0o700);
    this.#stage = holdDirectory(place.directory, this.#part);
  }

  begin(entry: Entry): void {
    const added = come(entry, String(++this.#count));
    this.#add(added);
    if (entry.type === 'file') this.#file = new NewFile(this.#stage, added.part, entry);
  }

  write(bytes: Buffer): void {
    this.#file?.write(bytes);
  }

  end(): void {
    this.#file?.end({givesAway: false});
    this.#file = undefined;
  }

  /** Puts all in its place; false where there is something unusual, and it may be that not all has come. */
  put(): boolean {
    if (this.#isUnusual) return false;
    return unlessFails(() => this.#putAll()) ?? false;
  }

  /** Removes what is not in its place. */
  close(): void {
    this.#file?.close();
    this.#file = undefined;
    closeEnd(this.#stage);
    removeHeld(this.#place.directory, this.#part);
  }

  #add(added: Come): void {
    const names = added.entry.path.split('/').filter((each) => each !== '.');
    const last = names.pop();
    if (last === undefined) {
      this.#isUnusual ||= added.children === undefined;
      this.#top = {...added, children: this.#top.children};
      return;
    }
    let above: Come | undefined = this.#top;
    for (const name of names) above = above?.children?.get(name);
    // Of a name that comes twice the later one is there, and of directories what is in both.
    const before = above?.children?.get(last);
    const isOther = before !== undefined && !before.children !== !added.children;
    if (above?.children === undefined || isOther) this.#isUnusual = true;
    else above.children.set(last, {...added, children: before?.children ?? added.children});
  }

  #putAll(): boolean {
    const {directory, exact, hasSlash = false, name} = this.#place;
    if (exact === undefined) return this.#merge(this.#top, directory);
    const only = name === '.' ? this.#top : this.#top.children?.get(asLatin1(name ?? ''));
    if (only === undefined || (hasSlash && only.children === undefined)) return false;
    return this.#putTo(only, {directory, name: exact});
  }

  #merge({children = new Map<string, Come>()}: Come, directory: number): boolean {
    return [...children].every(([name, each]) =>
      this.#putTo(each, {directory, name: Buffer.from(name, 'latin1')}),
    );
  }

  #putTo(what: Come, target: Target): boolean {
    const existing = holdIfThere(target.directory, target.name);
    if (existing === undefined) {
      if (what.children !== undefined) this.#make(what);
      this.#move(what, target);
      return true;
    }
    try {
      if (!areOnOneMount(existing, target.directory)) return false;
      if (what.children === undefined) {
        this.#move(what, target);
        return true;
      }
      return fs.fstatSync(existing).isDirectory() && this.#merge(what, existing);
    } finally {
      closeEnd(existing);
    }
  }

  /** Makes a directory, with all that is in it. */
  #make({entry, part, children}: Come): void {
    const path = pathIn(this.#stage, Buffer.from(part));
    fs.mkdirSync(path, 0o700);
    const directory = holdDirectory(this.#stage, Buffer.from(part));
    try {
      for (const [name, each] of children ?? []) {
        if (each.children !== undefined) this.#make(each);
        this.#move(each, {directory, name: Buffer.from(name, 'latin1')});
      }
      fs.chmodSync(heldPath(directory), entry.mode);
      fs.utimesSync(heldPath(directory), new Date(), utimeOf(entry.mtime));
    } finally {
      closeEnd(directory);
    }
  }

  #move({part}: Come, {directory, name}: Target): void {
    fs.renameSync(pathIn(this.#stage, Buffer.from(part)), pathIn(directory, name));
  }
}

const come = (entry: Entry, part: string): Come => ({
  entry,
  part,
  children: entry.type === 'directory' ? new Map() : undefined,
});

/** A name as entries have it. */
const asLatin1 = (name: string): string => encodeBytes(name).toString('latin1');
