// What a type's programs print: facts, in lines KEY=VALUE, and what is none of what was asked for.

import {CrcacheError} from '../errors.js';
import type {Handle} from './source.js';

/** How long facts may be in all: they stand in the environment of programs. */
const mostFacts = 65_536;

/** The facts in KEY=VALUE lines. A value that would not be the same in a file and in an environment is none. */
export function factsIn(text: string, what: string): Handle {
  if (text.length > mostFacts) {
    const kibibytes = String(mostFacts / 1024);
    throw new CrcacheError('failed', `'${what}' prints more than ${kibibytes} KiB of facts`);
  }
  const lines = text.split('\n').filter((line) => line !== '');
  const pairs = lines.map((line): [string, string] => {
    const [, key, value] = /^([A-Za-z][A-Za-z0-9._-]*)=([^\0\r\uFFFD]*)$/.exec(line) ?? [];
    if (key === undefined || value === undefined)
      throw wrongAnswer(what, line, 'lines KEY=VALUE of text');
    return [key, value];
  });
  return Object.fromEntries(pairs);
}

/** A program has printed something else than it was asked for. */
export function wrongAnswer(what: string, answer: string, wanted: string): CrcacheError {
  const [line = ''] = answer.split('\n');
  const start = line.length > 80 ? `${line.slice(0, 80)}…` : line;
  return new CrcacheError('failed', `'${what}' wants to print ${wanted}, not '${start}'`);
}
