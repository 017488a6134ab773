// What gc would find when it has done what is due: for who only says what it would do.

import {parseInstanceName} from '../instance.js';
import type {Cache, Source} from './cache.js';
import {whyUnkept} from './fitness.js';
import {levelsOf, readInstance, type Instance} from './instance.js';
import {countKept, isKept} from './kept.js';
import {limitsOf} from './limits.js';
import {divide} from './shares.js';
import {anything, cachedOf, newOf} from './situation.js';
import type {Due} from './tidy.js';
import {tolerate} from './tolerate.js';

export class Foresight {
  readonly #cache: Cache;
  /** Instances that would be gone, and whether each counts towards the reserve. */
  readonly #gone = new Map<string, boolean>();
  /** Instances that nobody can have yet, and that somebody could. */
  readonly #freed = new Set<string>();
  /** How many instances of each source would be made. */
  readonly #made = new Map<string, number>();
  /** How many that could be had of each source, what is made above it would stand on. */
  readonly #used = new Map<string, number>();

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

  /** How many instances of a source would be gone; of those that count towards its reserve, or of all. */
  countGone(source: Source, which: 'kept' | 'all'): number {
    const gone = [...this.#gone].filter(([name]) => isOf(source, name));
    return gone.filter(([, wasKept]) => which === 'all' || wasKept).length;
  }

  /** How many instances of a source would be made. */
  countMade({name}: Source): number {
    return this.#made.get(name) ?? 0;
  }

  /** How many more of a source could be had; below zero: how many fewer. */
  countFreed(source: Source): number {
    const freed = [...this.#freed].filter((name) => isOf(source, name)).length;
    return freed - (this.#used.get(source.name) ?? 0);
  }

  /** What is made stands on what is cached below, or is made there for that. */
  #make(source: Source, count: number): void {
    const freed = (below: Source): number => this.countFreed(below);
    const through = divide(this.#cache, source, {...anything, count, freed});
    add(this.#made, source, count);
    for (const below of allBelow(this.#cache, source)) {
      const made = through(below.name, newOf(below).name);
      add(this.#made, below, made);
      add(this.#used, below, made + through(below.name, cachedOf(below)));
    }
  }

  #end(name: string): void {
    const source = this.#cache.findSource(parseInstanceName(name)?.source ?? name);
    const place = source?.state.find(name);
    if (source === undefined || place === undefined || this.#gone.has(name)) return;
    if (place.state !== 'cached') this.#freed.add(name);
    const instance = readInstance(this.#cache, source, name);
    const isReleased = place.state === 'in-use' || place.state === 'releasing';
    if (isReleased && !this.#goes(instance)) return;
    this.#gone.set(name, isKept(place));
    const [, ...below] = levelsOf(this.#cache, instance);
    for (const level of below) this.#freed.add(level.name);
  }

  /** Whether one that is released would be discarded. */
  #goes(instance: Instance): boolean {
    const {source} = instance;
    const {minimum, places} = limitsOf(this.#cache, source);
    if (whyUnkept(this.#cache, instance) !== undefined) return true;
    const count = countKept(source.state) - this.countGone(source, 'kept');
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
