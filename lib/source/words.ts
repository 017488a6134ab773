// A key whose value is words for a program, quoted as in sh.

import {type Key, KeyProblem} from '../keys.js';
import {quote} from '../quote.js';
import {splitWords} from '../shell-words.js';

export function words(summary: string): Key<readonly string[]> {
  return {
    value: 'WORDS',
    fallback: [],
    summary,
    parse(given) {
      const all = splitWords(given) ?? [];
      if (all.length > 0) return all;
      throw new KeyProblem('words in which every quote is closed');
    },
    show: (all) => all.map(quote).join(' '),
  };
}
