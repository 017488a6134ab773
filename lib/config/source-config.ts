// Reads source.conf by the tables of its keys. All problems of a file are found, not only the first; every
// value remembers where it came from.

import {dirname, resolve} from 'node:path';
import type {KeyTable} from '../keys.js';
import {commonKeys, type CommonSettings} from './common-keys.js';
import {defaultSection, readIni} from './ini.js';
import {excerpt, type Problem} from './problem.js';
import {
  missingKeys,
  readKeys,
  suggestType,
  unknownKeys,
  type FileEntry,
  type Origins,
} from './read-keys.js';

/** What the registry of types knows about their keys. */
export interface TypeKeys {
  /** The keys of a type beside those that every source has, or undefined for an unknown type. */
  readonly keysOf: (type: string) => KeyTable | undefined;
  /** The types that there are, for hints. */
  readonly names: () => readonly string[];
}

/** The values of every source's keys, and those of its type's. */
export type Settings = CommonSettings & Readonly<Record<string, unknown>>;

export interface SourceReading {
  readonly settings: Settings;
  readonly origins: Origins;
  readonly problems: readonly Problem[];
}

export interface SourceText {
  readonly file: string;
  readonly text: string;
  readonly types: TypeKeys;
  /** Values for keys that the file does not have. */
  readonly defaults?: readonly FileEntry[];
}

/** Reads a source's text; a key with a problem has its default in the settings. */
export function readSource({file, text, types, defaults = []}: SourceText): SourceReading {
  const ini = readIni(text);
  const own = ini.entries
    .filter(({section}) => section === defaultSection)
    .map((entry) => ({...entry, file}))
    .map((entry) =>
      entry.key === 'type' ? {...entry, value: pathFrom(file, entry.value)} : entry,
    );
  const type = own.findLast(({key}) => key === 'type');
  const typeKeys = type === undefined ? undefined : types.keysOf(type.value);
  const table: KeyTable = {...commonKeys, ...typeKeys};
  const problems: Problem[] = [
    ...ini.problems.map((problem) => ({file, ...problem})),
    ...ini.sections.filter(({name}) => name !== defaultSection).map((each) => strayed(file, each)),
  ];
  // Without the type nobody knows which other keys are right.
  if (typeKeys !== undefined)
    problems.push(...takenKeys(type, typeKeys), ...unknownKeys(own, table));
  else if (type !== undefined && type.value !== '') problems.push(unknownType(type, types));
  const reading = readKeys(table, own, defaults);
  const isGiven = (name: string): boolean => reading.origins[name] !== 'default';
  problems.push(...missingKeys(table, isGiven, {file, line: type?.line ?? 1}));
  problems.push(...reading.problems);
  problems.sort((left, right) => left.line - right.line);
  return {settings: reading.values as Settings, origins: reading.origins, problems};
}

/** A type may say more of a key that every source has, but make nothing else of it. */
function takenKeys(type: FileEntry | undefined, typeKeys: KeyTable): Problem[] {
  const ofAll: KeyTable = commonKeys;
  const taken = Object.entries(typeKeys).filter(
    ([name, {value}]) => Object.hasOwn(ofAll, name) && ofAll[name]?.value !== value,
  );
  const {file, line, value} = type ?? {file: '', line: 1, value: ''};
  return taken.map(([name]) => ({
    ...{file, line},
    message: `type '${excerpt(value)}' has a key '${excerpt(name)}', which every source has already`,
  }));
}

/** A type that is a module is named by its path from the file that names it. */
function pathFrom(file: string, type: string): string {
  return /^\.\.?\//.test(type) ? resolve(dirname(file), type) : type;
}

function strayed(file: string, {name, line}: {name: string; line: number}): Problem {
  const hint = 'the keys of a source stand in [DEFAULT]';
  return {file, line, message: `section [${excerpt(name)}] has no meaning here`, hint};
}

function unknownType({file, line, value}: FileEntry, types: TypeKeys): Problem {
  const hint = suggestType(value, types.names());
  return {file, line, message: `unknown type '${excerpt(value)}'`, hint};
}
