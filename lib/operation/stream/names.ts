// Words that name streams: ':1', ':db', and ':1-3,db' for several.

import {CrcacheError} from '../../errors.js';

export function isStreamWord(word: string): boolean {
  return word.startsWith(':');
}

const nameForm = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;

export function isStreamName(name: string): boolean {
  return nameForm.test(name) && !/^[0-9]+-/.test(name);
}

/** For names that come from a program. */
export function checkStreamName(name: string): void {
  if (isStreamName(name)) return;
  throw new CrcacheError('usage', `'${name}' is no name of a stream`);
}

/** More than anyone means. */
const mostAtOnce = 1000;

/** The streams that a word names, in its order. Ranges are of numbers, and have both of their ends. */
export function streamsIn(word: string): string[] {
  const names = word
    .slice(1)
    .split(',')
    .flatMap((part) => partNames(word, part));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new CrcacheError('usage', `'${word}' names ':${twice}' twice`);
  return names;
}

function partNames(word: string, part: string): string[] {
  const [, first, last] = /^([0-9]+)-([0-9]+)$/.exec(part) ?? [];
  if (first === undefined || last === undefined) {
    if (isStreamName(part)) return [part];
    throw new CrcacheError('usage', `'${word}' names no streams: :1, :db, :1-3 and :1,3 do`);
  }
  return numbersFrom(word, Number(first), Number(last));
}

/** The streams from one number to another, with both of them. */
export function streamsFrom(first: number, last: number): string[] {
  for (const [number, does] of [
    [first, 'begins'],
    [last, 'ends'],
  ] as const) {
    if (Number.isSafeInteger(number) && number >= 0) continue;
    throw new CrcacheError('usage', `'${String(number)}' ${does} no range of streams`);
  }
  return numbersFrom(`:${String(first)}-${String(last)}`, first, last);
}

function numbersFrom(word: string, first: number, last: number): string[] {
  const count = last - first + 1;
  if (count < 1) throw new CrcacheError('usage', `'${word}' ends before it begins`);
  if (count > mostAtOnce) throw new CrcacheError('usage', `'${word}' names too many streams`);
  return Array.from({length: count}, (_, index) => String(first + index));
}

/** The one stream that a word names. */
export function streamIn(word: string): string {
  const [name = '', ...others] = streamsIn(word);
  if (others.length === 0) return name;
  throw new CrcacheError('usage', `'${word}' names several streams, and one is expected`);
}

/** Each word for itself, and each stream of those that name several; ':1-2/3' is the third job of each. */
export function spreadWords(words: readonly string[]): string[] {
  return words.flatMap((word) => {
    if (!isStreamWord(word)) return [word];
    const [streams = '', ...job] = word.split('/');
    return streamsIn(streams).map((name) => [`:${name}`, ...job].join('/'));
  });
}
