// An instance as it is shown. Each of its files is read when something of it is asked for, and at most once; one that
// is damaged is told of once, and what it would have said is missing.

import {entryOf, exists, readText} from '../files.js';
import {inNaturalOrder, states} from '../instance.js';
import {readLease, type Lease} from '../store/lease.js';
import {isWorkedPlace, linkOf, type Place} from '../store/place.js';
import {readFacts, type Facts} from '../store/record.js';
import type {Worker} from '../store/worker.js';
import {holderAbove} from './backing.js';
import type {Cache, Source} from './cache.js';
import {readImports, type ImportRecord} from './import/record.js';
import {hostOf} from './instance-host.js';
import {findInstance} from './resolve.js';
import {configOf} from './snapshot.js';
import {tolerate} from './tolerate.js';
import type {SourceView} from './view-source.js';

export class InstanceView {
  readonly cache: Cache;
  readonly source: Source;
  readonly place: Place;
  readonly name: string;
  readonly directory: string;
  readonly #known = new Map<string, unknown>();

  constructor(cache: Cache, source: Source, place: Place) {
    this.cache = cache;
    this.source = source;
    this.place = place;
    this.name = place.instance;
    this.directory = source.state.instancePath(place.instance);
  }

  /** Who holds it. */
  get lease(): Lease | undefined {
    return this.#read('lease', () => readLease(this.directory));
  }

  /** The instance that stands on it and so holds it; undefined where a person does. */
  get above(): string | undefined {
    const {lease} = this;
    return lease === undefined ? undefined : holderAbove(lease)?.name;
  }

  /** Who is at work on it. */
  get worker(): Worker | undefined {
    return isWorkedPlace(this.place) ? this.place.worker : undefined;
  }

  /** When it entered its state: the rename changed its symlink. */
  get entered(): Date | undefined {
    return this.#read('entered', () => {
      const entry = entryOf(`${this.source.state.directory}/${linkOf(this.place)}`);
      return entry && new Date(Number(entry.ctimeMs));
    });
  }

  get configName(): string | undefined {
    return this.#read('config', () => configOf(this.source.state, this.name));
  }

  get handle(): Facts {
    return this.#read('handle', () => readFacts(`${this.directory}/handle`)) ?? {};
  }

  get imports(): readonly ImportRecord[] {
    return this.#read('imports', () => readImports(this.directory)) ?? [];
  }

  /** The host that it is, by its name or address. */
  get host(): string | undefined {
    return this.#read('host', () => hostOf(this.cache, this.source, this.name));
  }

  /** What went wrong with one that is broken. */
  get problem(): Facts | undefined {
    return this.#read('problem', () => readFacts(`${this.directory}/problem`));
  }

  /** The line in one of its files. */
  line(file: string): string | undefined {
    return this.#read(file, () => readText(`${this.directory}/${file}`)?.trim());
  }

  /** The whole number in one of its files. */
  number(file: string): number | undefined {
    const line = this.line(file);
    if (line === undefined || /^[0-9]{1,15}$/.test(line))
      return line === undefined ? undefined : Number(line);
    this.#tellOnce(`'${this.directory}/${file}' is not a number`);
    return undefined;
  }

  #read<Value>(file: string, read: () => Value): Value | undefined {
    if (!this.#known.has(file)) {
      this.#checkThere();
      this.#known.set(file, tolerate(this.cache, `instance '${this.name}'`, read));
    }
    return this.#known.get(file) as Value | undefined;
  }

  /** A symlink to nowhere is told of, unless the instance has gone meanwhile. */
  #checkThere(): void {
    if (this.#known.has('') || exists(this.directory)) return;
    this.#known.set('', undefined);
    const {state} = this.source;
    const link = linkOf(this.place);
    if (exists(`${state.directory}/${link}`)) {
      this.#tellOnce(`'${link}' of '${state.directory}' leads nowhere`);
    }
  }

  #tellOnce(what: string): void {
    if (this.#known.has(what)) return;
    this.#known.set(what, undefined);
    this.cache.say(`instance '${this.name}': ${what}`);
  }
}

/** The instance that a word means; a failure where it does not exist. */
export function viewInstance(cache: Cache, word: string): InstanceView {
  cache.store.checkFormat();
  const {source, place} = findInstance(cache, word);
  return new InstanceView(cache, source, place);
}

/** The instances of sources, in their order. */
export function instancesOf(cache: Cache, views: readonly SourceView[]): InstanceView[] {
  return views.flatMap(({source, places}) => {
    const all = states.flatMap((state) => places[state]);
    return inNaturalOrder(all, ({instance}) => instance).map(
      (place) => new InstanceView(cache, source, place),
    );
  });
}
