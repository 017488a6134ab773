// Labels of sources, each KEY=VALUE: a request that names some gets instances only of sources that have them.

import {KeyProblem, list} from '../keys.js';

export function isLabel(word: string): boolean {
  return /^[^=]+=./.test(word);
}

const words = list('words by which acquire can pick sources of a pool', [], 'KEY=VALUE,...');

export const labels = {
  ...words,
  parse(given: string): readonly string[] {
    const parsed = words.parse(given);
    if (parsed.every(isLabel)) return parsed;
    throw new KeyProblem('words KEY=VALUE with commas between them');
  },
};
