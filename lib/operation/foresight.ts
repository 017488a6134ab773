// What gc would find when it has done what is due: for who only says what it would do.

import {parseInstanceName} from '../instance.js';
import type {Cache, Source} from './cache.js';
import {whyUnkept} from './fitness.js';
import {levelsOf, readInstance, type Instance} from './instance.js';
import {countKept, isKept} from './kept.js';
import {limitsOf} from './limits.js';
import type {Due} from './tidy.js';
import {tolerate} from './tolerate.js';

export class Foresight {
  readonly #cache: Cache;
  /** Instances that would be gone, and whether each counts towards the reserve. */
  readonly #gone = new Map<string, boolean>();
  /** Instances that nobody can have yet, and that somebody could. */
  readonly #freed = new Set<string>();

  constructor(cache: Cache) {
    this.#cache = cache;
  }

  /** Looks at what something that is due ends. What cannot be read changes nothing. */
  note({what, ends}: Pick<Due, 'what' | 'ends'>): void {
    tolerate(this.#cache, what, () => {
      for (const name of ends?.() ?? []) this.#end(name);
    });
  }

  /** How many instances of a source would be gone; of those that count towards its reserve, or of all. */
  countGone(source: Source, which: 'kept' | 'all'): number {
    const gone = [...this.#gone].filter(([name]) => isOf(source, name));
    return gone.filter(([, wasKept]) => which === 'all' || wasKept).length;
  }

  /** How many more of a source could be had. */
  countFreed(source: Source): number {
    return [...this.#freed].filter((name) => isOf(source, name)).length;
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
