// What gc would find when it has done what is due: for who only says what it would do.

import {parseInstanceName, sourceNameOf} from '../instance.js';
import type {Cache, Source} from './cache.js';
import {whyUnkept} from './fitness.js';
import {levelsOf, readInstance, type Instance} from './instance.js';
import {countKept, isKept} from './kept.js';
import {limitsOf} from './limits.js';
import {divide} from './shares.js';
import {anything, cachedOf, newOf, type Foreseen} from './situation.js';
import type {Due} from './tidy.js';
import {tolerate} from './tolerate.js';

interface Gone {
  /** It counts towards the reserve. */
  readonly wasKept: boolean;
  readonly wasCached: boolean;
}

export class Foresight {
  readonly #cache: Cache;
  /** Instances that would be gone. */
  readonly #gone = new Map<string, Gone>();
  /** Instances that would be cached, and are not. */
  readonly #freed = new Set<string>();
  /** How many cached ones of each source would be taken for what stands on them then. */
  readonly #taken = new Map<string, number>();
  /** How many instances of each source would be made. */
  readonly #made = new Map<string, number>();

  constructor(cache: Cache) {
    this.#cache = cache;
  }

  /** Looks at what something that is due ends and makes. What cannot be read changes nothing. */
  note({what, ends, makes}: Pick<Due, 'what' | 'ends' | 'makes'>): void {
    tolerate(this.#cache, what, () => {
      for (const name of ends?.() ?? []) this.#end(name);
      if (makes !== undefined) this.#make(makes.of, makes.count);
    });
  }

  /** What there would be of a source beside what there is. */
  of(source: Source): Foreseen {
    const {name} = source;
    const goneOf = this.#goneOf(source);
    const cachedGone = goneOf.filter(({wasCached}) => wasCached).length;
    const freed = [...this.#freed].filter((each) => isOf(source, each)).length;
    return {
      cached: freed - cachedGone - (this.#taken.get(name) ?? 0),
      existing: (this.#made.get(name) ?? 0) - goneOf.length,
    };
  }

  /** The same of what counts towards its reserve. */
  keptOf(source: Source): number {
    const goneKept = this.#goneOf(source).filter(({wasKept}) => wasKept).length;
    return (this.#made.get(source.name) ?? 0) - goneKept;
  }

  #goneOf(source: Source): Gone[] {
    return [...this.#gone].filter(([name]) => isOf(source, name)).map(([, gone]) => gone);
  }

  /** What is made stands on what is cached below, or is made there for that. */
  #make(source: Source, count: number): void {
    const foreseen = (below: Source): Foreseen => this.of(below);
    const through = divide(this.#cache, source, {...anything, count, foreseen});
    add(this.#made, source, count);
    for (const below of allBelow(this.#cache, source)) {
      add(this.#made, below, through(below.name, newOf(below).name));
      add(this.#taken, below, through(below.name, cachedOf(below)));
    }
  }

  /** Ends an instance; what it stood on is released. */
  #end(name: string): void {
    const source = this.#cache.findSource(sourceNameOf(name));
    const place = source?.state.find(name);
    if (source === undefined || place === undefined || this.#gone.has(name)) return;
    const instance = readInstance(this.#cache, source, name);
    const isReleased = place.state === 'in-use' || place.state === 'releasing';
    if (isReleased && !this.#goes(instance)) {
      this.#freed.add(name);
      return;
    }
    this.#gone.set(name, {wasKept: isKept(place), wasCached: place.state === 'cached'});
    const [, below] = levelsOf(this.#cache, instance);
    if (below !== undefined) this.#end(below.name);
  }

  /** Whether one that is released would be discarded. */
  #goes(instance: Instance): boolean {
    const {source} = instance;
    const {minimum, places} = limitsOf(this.#cache, source);
    if (whyUnkept(this.#cache, instance) !== undefined) return true;
    const count = countKept(source.state) + this.keptOf(source);
    return places === undefined && count > minimum;
  }
}

function isOf({name}: Source, instance: string): boolean {
  return parseInstanceName(instance)?.source === name;
}

function add(counts: Map<string, number>, {name}: Source, count: number): void {
  counts.set(name, (counts.get(name) ?? 0) + count);
}

/** All that a source's instances may stand on, each once. */
function allBelow(cache: Cache, source: Source): Source[] {
  const found = cache.sourcesBelow(source).flatMap((each) => [each, ...allBelow(cache, each)]);
  return [...new Map(found.map((each) => [each.name, each])).values()];
}
