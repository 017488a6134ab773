// Reads the values of a table's keys from the lines of configuration files. Every value remembers where it
// came from; every line that cannot be read is a problem, and leaves its key at the default.

import {isNameOf, KeyProblem, type Key, type KeyTable} from '../keys.js';
import {nearest} from '../nearest.js';
import type {IniEntry} from './ini.js';
import {excerpt, placeOf, type Problem} from './problem.js';

/** One key and value of a file, and the file. */
export interface FileEntry extends IniEntry {
  readonly file: string;
}

/** For each key where its value stands, as 'FILE:LINE' (several with commas between them), or 'default'. */
export type Origins = Readonly<Record<string, string>>;

export interface KeysReading {
  readonly values: Readonly<Record<string, unknown>>;
  readonly origins: Origins;
  readonly problems: readonly Problem[];
}

/** The values of all keys of a table; `defaults` are lines for keys that `own` does not have. */
export function readKeys(
  table: KeyTable,
  own: readonly FileEntry[],
  defaults: readonly FileEntry[] = [],
): KeysReading {
  const values: Record<string, unknown> = {};
  const origins: Record<string, string> = {};
  const problems: Problem[] = [];
  for (const [name, key] of Object.entries(table)) {
    const isHere = (entry: FileEntry): boolean => isNameOf([name, key], entry.key);
    const mine = own.filter(isHere);
    const reading = readKey(key, mine.length === 0 ? defaults.filter(isHere) : mine);
    values[name] = reading.value;
    origins[name] = reading.from;
    problems.push(...reading.problems);
  }
  return {values, origins, problems};
}

/** A problem for each key that a table does not have; that of another section may have it. */
export function unknownKeys(
  entries: readonly FileEntry[],
  table: KeyTable,
  other?: {readonly section: string; readonly table: KeyTable},
): Problem[] {
  return entries
    .filter(({key}) => !Object.entries(table).some((known) => isNameOf(known, key)))
    .map(({file, line, key}) => {
      const hint =
        other !== undefined && Object.hasOwn(other.table, key)
          ? `it stands below [${other.section}]`
          : suggest(key, Object.keys(table));
      return {file, line, message: `unknown key '${key}'`, hint};
    });
}

/** A problem for each key that must be given and is not; `at` is where it should stand. */
export function missingKeys(
  table: KeyTable,
  isGiven: (name: string) => boolean,
  at: Pick<Problem, 'file' | 'line'>,
): Problem[] {
  return Object.entries(table)
    .filter(([, {isRequired}]) => isRequired === true)
    .filter(([name, {unless = []}]) => ![name, ...unless].some(isGiven))
    .map(([name, {value, unless = []}]) => {
      const names = [name, ...unless].map((each) => `'${each}'`).join(' or ');
      return {...at, message: `${names} is missing`, hint: `add ${name}=${value}`};
    });
}

/** The hint for a wrong word: the right one, or all that there are, and where others would come from. */
export function suggest(word: string, words: readonly string[], others = ''): string {
  const meant = nearest(word, words) ?? nearest(word.toLowerCase(), words);
  return meant === undefined
    ? `known are: ${words.join(', ')}${others}`
    : `did you mean '${meant}'?`;
}

/** The hint for a wrong type. */
export function suggestType(word: string, names: readonly string[]): string {
  return suggest(word, names, "; others are programs 'crcache-source-NAME' on the PATH");
}

interface KeyReading {
  readonly value: unknown;
  readonly from: string;
  readonly problems: readonly Problem[];
}

function readKey(key: Key<unknown>, entries: readonly FileEntry[]): KeyReading {
  const [first, ...others] = entries;
  if (first === undefined) return {value: key.fallback, from: 'default', problems: []};
  const problems: Problem[] = [];
  if (key.repeats !== true) problems.push(...others.map((other) => givenTwice(first, other)));
  const values = entries.map((entry) => {
    const {value, problem} = readEntry(key, entry);
    if (problem !== undefined) problems.push(problem);
    return value;
  });
  const value = key.repeats === true ? values.flat() : values.at(-1);
  const from = entries.map(placeOf).join(', ');
  return problems.length === 0 ? {value, from, problems} : {value: key.fallback, from, problems};
}

function givenTwice(first: FileEntry, {file, line, key}: FileEntry): Problem {
  const where = first.line === 0 ? '' : `; the first is on line ${String(first.line)}`;
  const hint = `remove one of them${where}`;
  return {file, line, message: `'${key}' is given twice`, hint};
}

function readEntry(key: Key<unknown>, entry: FileEntry): {value?: unknown; problem?: Problem} {
  const {file, line} = entry;
  try {
    const isNothing = key.isRequired === true && entry.value.trim() === '';
    if (isNothing || (entry.isAlone && key.isFlag !== true)) {
      const hint = `write ${entry.key}=${key.value}`;
      return {problem: {file, line, message: `'${entry.key}' has no value`, hint}};
    }
    return {value: key.parse(entry.value)};
  } catch (error) {
    if (!(error instanceof KeyProblem)) throw error;
    const given = error.isSecret ? '' : `, not '${excerpt(entry.value)}'`;
    const message = `'${entry.key}' wants ${error.wants}${given}`;
    return {problem: {file, line, message, hint: `${entry.key}: ${key.summary}`}};
  }
}
