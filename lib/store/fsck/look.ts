// One look at a state directory: what the checks ask for is read once, and as late as they ask.

import {CrcacheError} from '../../errors.js';
import {
  entryOf,
  exists,
  listNames,
  makeDirectory,
  readLink,
  readText,
  renameIfThere,
} from '../../files.js';
import {isSourceName, parseInstanceName, states, type State} from '../../instance.js';
import type {Fate} from '../../processes.js';
import {readLease, type Lease} from '../lease.js';
import {isWorkedPlace, placeOf, type Place} from '../place.js';
import {isVacated} from '../slot.js';
import type {SourceState} from '../source-state.js';
import type {Store} from '../store.js';

/** A name in a state's directory. */
export interface Link {
  readonly state: State;
  readonly name: string;
  readonly path: string;
  /** Undefined: it is no name of an instance of this source. */
  readonly place: Place | undefined;
}

/** A link that is one. */
export type PlacedLink = Link & {readonly place: Place};

export class StoreLook {
  readonly store: Store;
  /** Where this run of fsck sets things aside. */
  readonly lostFound: string;
  readonly #sources = new Map<string, SourceLook>();

  constructor(store: Store, run: string) {
    this.store = store;
    this.lostFound = `${store.directory}/lost-found/${run}`;
  }

  get directory(): string {
    return this.store.directory;
  }

  source(name: string): SourceLook {
    const known = this.#sources.get(name);
    if (known !== undefined) return known;
    const source = new SourceLook(this, this.store.source(name));
    this.#sources.set(name, source);
    return source;
  }

  sources(): SourceLook[] {
    return listNames(`${this.directory}/sources`)
      .filter(
        (name) => isSourceName(name) && isDirectoryItself(`${this.directory}/sources/${name}`),
      )
      .sort()
      .map((name) => this.source(name));
  }

  /** The look at an instance's source, and its place there; undefined where there is no such instance. */
  findInstance(name: string): {source: SourceLook; link: PlacedLink | undefined} | undefined {
    const parts = parseInstanceName(name);
    if (parts === undefined) return undefined;
    const source = this.source(parts.source);
    if (!exists(source.state.instancePath(name))) return undefined;
    return {source, link: source.linksOf(name)[0]};
  }

  /** Moves something out of the way, to where a person finds it under its old path. */
  setAside(path: string): void {
    let target = `${this.lostFound}${path.slice(this.directory.length)}`;
    while (exists(target)) target += '~';
    makeDirectory(target.slice(0, target.lastIndexOf('/')));
    renameIfThere(path, target);
  }
}

export class SourceLook {
  readonly whole: StoreLook;
  readonly state: SourceState;
  readonly directory: string;
  #links: readonly Link[] | undefined;
  #byInstance: ReadonlyMap<string, readonly PlacedLink[]> | undefined;

  constructor(whole: StoreLook, state: SourceState) {
    this.whole = whole;
    this.state = state;
    this.directory = state.directory;
  }

  get name(): string {
    return this.state.source;
  }

  /** All names in the directories of the states. */
  get links(): readonly Link[] {
    this.#links ??= states.flatMap((state) =>
      listNames(`${this.directory}/${state}`).map((name) => this.#linkOf(state, name)),
    );
    return this.#links;
  }

  /** Symlinks with a right name. */
  get placed(): readonly PlacedLink[] {
    return this.links.filter((link): link is PlacedLink => link.place !== undefined);
  }

  #linkOf(state: State, name: string): Link {
    const place = placeOf(state, name);
    const isOurs = parseInstanceName(place?.instance ?? '')?.source === this.name;
    const path = `${this.directory}/${state}/${name}`;
    return {state, name, path, place: isOurs ? place : undefined};
  }

  /** The symlinks that say where an instance is: without announcements of a claim that fails, and leftovers. */
  linksOf(instance: string): readonly PlacedLink[] {
    if (this.#byInstance === undefined) {
      const map = new Map<string, PlacedLink[]>();
      for (const link of this.placed) {
        if (!this.#isAnswering(link)) continue;
        map.set(link.place.instance, [...(map.get(link.place.instance) ?? []), link]);
      }
      this.#byInstance = map;
    }
    return this.#byInstance.get(instance) ?? [];
  }

  #isAnswering({place, path}: PlacedLink): boolean {
    if (readLink(path) === undefined) return false;
    if (!isWorkedPlace(place)) return true;
    if (place.state === 'provisioning') {
      return this.textOf(place.instance, 'incarnation')?.trim() === place.worker.nonce;
    }
    return place.state !== 'discarding' || !isVacated(this.state, place);
  }

  /** The names below `instances/`. */
  get instances(): string[] {
    return listNames(`${this.directory}/instances`);
  }

  /** A file of an instance; undefined where there is none, or something else of that name. */
  textOf(instance: string, name: string): string | undefined {
    return textOfFile(`${this.state.instancePath(instance)}/${name}`);
  }

  /** The lease of an instance; undefined where there is none that can be read. */
  leaseOf(instance: string): Lease | undefined {
    const directory = this.state.instancePath(instance);
    if (textOfFile(`${directory}/lease`) === undefined) return undefined;
    try {
      return readLease(directory);
    } catch (error) {
      if (error instanceof CrcacheError) return undefined;
      throw error;
    }
  }

  /** What has become of a place's worker; 'alive' where the place needs none. */
  fateOf(place: Place): Fate {
    return 'worker' in place ? this.state.around.workshop.fateOf(place.worker) : 'alive';
  }
}

/** The text of a plain file; undefined where there is none. (A pipe of that name would keep a reader for ever.) */
export function textOfFile(path: string): string | undefined {
  return entryOf(path)?.isFile() === true ? readText(path) : undefined;
}

export function isDirectoryItself(path: string): boolean {
  return entryOf(path)?.isDirectory() ?? false;
}
