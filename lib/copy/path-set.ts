// A set of paths that takes 8 bytes for each, however long it is, and however many there are: their hashes of 53 bits.
// That two are taken for one another is as rare as a fault of memory: among a million, and a million asked for, one
// time in ten thousand; and not the same ones in another process.

export class PathSet {
  #slots = new Float64Array(1024);
  #size = 0;
  readonly #seed = Math.floor(Math.random() * 2 ** 32);

  add(path: string): void {
    if (this.#size * 2 >= this.#slots.length) this.#grow();
    if (insert(this.#slots, new Hash(this.#seed).over(path, 0, path.length))) this.#size++;
  }

  has(path: string): boolean {
    return this.#size > 0 && this.#holds(new Hash(this.#seed).over(path, 0, path.length));
  }

  /** Whether one of the directories above a path is in it. */
  hasAbove(path: string): boolean {
    if (this.#size === 0) return false;
    const hash = new Hash(this.#seed);
    for (let start = 0, end; (end = path.indexOf('/', start + 1)) !== -1; start = end) {
      if (this.#holds(hash.over(path, start, end))) return true;
    }
    return false;
  }

  #holds(hash: number): boolean {
    return this.#slots[slotOf(this.#slots, hash)] === hash;
  }

  #grow(): void {
    const slots = new Float64Array(this.#slots.length * 2);
    for (const hash of this.#slots) if (hash !== 0) insert(slots, hash);
    this.#slots = slots;
  }
}

/** Where a hash is, or would be. */
function slotOf(slots: Float64Array, hash: number): number {
  let index = (hash >>> 0) % slots.length;
  while (slots[index] !== 0 && slots[index] !== hash) index = (index + 1) % slots.length;
  return index;
}

function insert(slots: Float64Array, hash: number): boolean {
  const index = slotOf(slots, hash);
  const isNew = slots[index] === 0;
  slots[index] = hash;
  return isNew;
}

/** Bryc's cyrb53, of all the characters so far. */
class Hash {
  #one: number;
  #two: number;

  constructor(seed: number) {
    this.#one = 0xdeadbeef ^ seed;
    this.#two = 0x41c6ce57 ^ seed;
  }

  over(text: string, start: number, end: number): number {
    for (let index = start; index < end; index++) {
      const code = text.charCodeAt(index);
      this.#one = Math.imul(this.#one ^ code, 2654435761);
      this.#two = Math.imul(this.#two ^ code, 1597334677);
    }
    const one = mix(this.#one, this.#two);
    const two = mix(this.#two, one);
    return (two & 0x1f_ffff) * 2 ** 32 + (one >>> 0) || 1; // 0 is an empty slot
  }
}

function mix(one: number, two: number): number {
  return Math.imul(one ^ (one >>> 16), 2246822507) ^ Math.imul(two ^ (two >>> 13), 3266489909);
}
