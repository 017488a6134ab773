// The text of a new source.conf: what was asked for, and every other key as a comment that says what it does.

import {CrcacheError} from '../errors.js';
import {isNameOf, type Key, type KeyTable} from '../keys.js';
import {commonKeys} from './common-keys.js';
import {defaultSection, writeIniValue} from './ini.js';
import {throwFirst} from './problem.js';
import {missingKeys, readKeys, suggestType, unknownKeys, type FileEntry} from './read-keys.js';
import type {TypeKeys} from './source-config.js';

export interface NewSource {
  readonly name: string;
  readonly type: string;
  /** What the type makes. */
  readonly summary: string;
  /** Words KEY=VALUE. */
  readonly settings: readonly string[];
  readonly types: TypeKeys;
}

/** The text; a failure where a key or a value is wrong, or one is missing that the type must have. */
export function newSourceText({name, type, summary, settings, types}: NewSource): string {
  const typeKeys = types.keysOf(type);
  if (typeKeys === undefined) {
    throw new CrcacheError('usage', `unknown type '${type}'`, suggestType(type, types.names()));
  }
  const {type: _type, ...common} = commonKeys;
  const table: KeyTable = {...common, ...typeKeys};
  const given = settings.map(entryFrom);
  check(given, table);
  // What the type has made of a common key is told where its other keys are.
  const ofAll = Object.fromEntries(Object.entries(common).filter(([key]) => !(key in typeKeys)));
  return [
    `# ${name}: ${summary}.`,
    '# A line that begins with # says what the key below it does, and what holds without it.',
    `# man crcache-source.conf tells more, and crcache check-source ${name} what is wrong here.`,
    `[${defaultSection}]`,
    `type=${writeIniValue(type)}`,
    ...linesFor(typeKeys, given),
    '',
    '# Keys of every source.',
    ...linesFor(ofAll, given),
    '',
  ].join('\n');
}

function entryFrom(word: string): FileEntry {
  const equals = word.indexOf('=');
  if (equals < 1) {
    throw new CrcacheError('usage', `'${word}' is not KEY=VALUE`, 'crcache help init');
  }
  const [key, value] = [word.slice(0, equals), word.slice(equals + 1)];
  return {file: '', line: 0, section: defaultSection, isAlone: false, key, value};
}

function check(given: readonly FileEntry[], table: KeyTable): void {
  const isGiven = (name: string): boolean => given.some(({key}) => key === name);
  const missing = missingKeys(table, isGiven, {file: '', line: 0});
  throwFirst([...unknownKeys(given, table), ...readKeys(table, given).problems, ...missing]);
}

function linesFor(table: KeyTable, given: readonly FileEntry[]): string[] {
  return Object.entries(table).flatMap(([name, key]) => {
    const mine = given.filter((each) => isNameOf([name, key], each.key));
    const lines = mine.map(({value}) => `${name}=${writeIniValue(value)}`);
    return ['', `# ${key.summary}`, ...(mine.length > 0 ? lines : [`#${name}=${without(key)}`])];
  });
}

/** What stands for the value where nobody gave one: what then holds, or else what could be written. */
function without(key: Key<unknown>): string {
  const shown = key.repeats === true ? '' : key.show(key.fallback);
  return shown === '' ? key.value : shown;
}
