// --sort KEY, or -KEY for the other way round.

import {compareInstanceNames} from '../instance.js';
import {checkKey} from './format.js';
import type {Fields, Value} from './value.js';

/** A function that sorts by a key; what has no value comes last, and what is equal stays in its order. */
export function sorterOf<Item>(
  fields: Fields<Item>,
  wish: string | undefined,
): (items: readonly Item[]) => readonly Item[] {
  if (wish === undefined) return (items) => items;
  const key = wish.replace(/^-/, '');
  checkKey(key, fields);
  const sign = key === wish ? 1 : -1;
  return (items) => {
    const keyed = items.map((item) => ({item, value: fields[key]?.read(item) ?? null}));
    keyed.sort((a, b) => {
      if (a.value === null || b.value === null) return rank(a.value) - rank(b.value);
      return sign * compare(a.value, b.value);
    });
    return keyed.map(({item}) => item);
  };
}

function rank(value: Value): number {
  return value === null ? 1 : 0;
}

function compare(a: Exclude<Value, null>, b: Exclude<Value, null>): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [left, right] = [String(a), String(b)];
  if (left === right) return 0;
  return compareInstanceNames(left, right);
}
