// Chance that can be repeated: the same seed gives the same numbers.

export interface Random {
  readonly seed: number;
  /** A number from 0 up to 1. */
  readonly fraction: () => number;
  /** A whole number from 0 up to `end`, which is not among them. */
  readonly below: (end: number) => number;
  readonly pick: <Value>(values: readonly [Value, ...Value[]]) => Value;
}

/** A generator of numbers (mulberry32). */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (end: number): number => Math.floor(fraction() * end);
  return {
    seed,
    fraction,
    below,
    pick: (values) => values[below(values.length)] ?? values[0],
  };
}

/** The seed that the environment asks for, else one of its own. */
export function chooseSeed(wish: string | undefined): number {
  return wish === undefined || wish === '' ? Math.floor(Math.random() * 2 ** 32) : Number(wish);
}
