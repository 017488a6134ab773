// What is said of single files of a copy, and how many they were where they are too many to read.

import {showPath} from './conclude.js';

/** How many files of one kind are named. */
const most = 20;

export class Notes {
  readonly #named: string[] = [];
  readonly #counts = new Map<string, number>();

  readonly add = (what: string, path: string): void => {
    const count = (this.#counts.get(what) ?? 0) + 1;
    this.#counts.set(what, count);
    if (count <= most) this.#named.push(`'${showPath(path)}' ${what}`);
  };

  lines(): readonly string[] {
    const others = [...this.#counts].filter(([, count]) => count > most);
    return [
      ...this.#named,
      ...others.map(([what, count]) => `and ${String(count - most)} more: each ${what}`),
    ];
  }
}
