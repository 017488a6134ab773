// How the new instances of one request are divided among the sources that they can stand on. Each of them takes the source
// that suits it best only as far as this leaves the others what they need: several ways may lead to one source.

import type {Cache, Source} from './cache.js';
import {sharesThrough, type SharesThrough} from './flow.js';
import {limitsOf} from './limits.js';
import {newOf, vesselsBelow, type Wanted} from './situation.js';
import {meets, type Wishes} from './wishes.js';

export class Shares {
  readonly #cache: Cache;
  readonly #source: Source;
  readonly #wanted: Wanted;
  #shares: SharesThrough | undefined;
  readonly #taken = new Map<string, number>();

  constructor(cache: Cache, source: Source, wanted: Wanted) {
    this.#cache = cache;
    this.#source = source;
    this.#wanted = wanted;
  }

  /** The sources in the order in which one more instance asks them; its share of the first one is taken. */
  take(above: Source, sources: readonly Source[], wishes: Wishes): Source[] {
    const inOrder = inOrderOfPreference(this.#cache, sources, wishes);
    const first = inOrder.find((below) => this.#isLeft(above, below));
    if (first === undefined) return inOrder;
    const key = keyOf(above, first);
    this.#taken.set(key, (this.#taken.get(key) ?? 0) + 1);
    return [first, ...inOrder.filter((each) => each !== first)];
  }

  #isLeft(above: Source, below: Source): boolean {
    this.#shares ??= divide(this.#cache, this.#source, this.#wanted);
    const share = this.#shares(newOf(above).name, below.name);
    return share > (this.#taken.get(keyOf(above, below)) ?? 0);
  }
}

/** How much of what each source has, new instances of one would stand on. */
export function divide(cache: Cache, source: Source, {count, ...asked}: Wanted): SharesThrough {
  const inOrder = (sources: readonly Source[], wishes: Wishes): Source[] =>
    inOrderOfPreference(cache, sources, wishes);
  const below = vesselsBelow(cache, source, {...asked, inOrder});
  return sharesThrough({...newOf(source), room: count, below});
}

/** Sources with something cached that meets these wishes, then those that keep instances anyway, then the others, each as they are listed. */
function inOrderOfPreference(cache: Cache, sources: readonly Source[], wishes: Wishes): Source[] {
  const rank = (source: Source): number => {
    const cached = source.state.placesIn('cached');
    if (cached.some(({instance}) => meets(cache, {source, name: instance}, wishes))) return 0;
    return limitsOf(cache, source).minimum > 0 ? 1 : 2;
  };
  const ranked = sources.map((source) => ({source, rank: rank(source)}));
  return ranked.sort((a, b) => a.rank - b.rank).map(({source}) => source);
}

function keyOf(above: Source, below: Source): string {
  return `${above.name} ${below.name}`;
}
