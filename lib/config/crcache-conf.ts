// crcache.conf of a root. In [DEFAULT] are its own keys; in [source-defaults] are values for keys that every
// source has, used by those sources of this root that do not say otherwise.

import {join} from 'node:path';
import {list, text, type SettingsOf} from '../keys.js';
import {commonKeys} from './common-keys.js';
import {defaultSection, readIni} from './ini.js';
import {excerpt, type Problem} from './problem.js';
import {readConfigFile} from './read-file.js';
import {readKeys, suggest, unknownKeys, type FileEntry, type Origins} from './read-keys.js';
import type {Root} from './roots.js';

export const rootKeys = {
  'default-source': text(
    'the source that is meant where none is named; without it the only one that is configured, else local',
    undefined,
    'NAME',
  ),
  'trusted-directories': list(
    "project directories that are used though another user owns them; read from the user's root only",
    [],
    'PATH,...',
  ),
} as const;

const {type: _type, ...defaultableKeys} = commonKeys;
const sourceDefaults = 'source-defaults';

export interface RootConfig {
  readonly file: string;
  readonly settings: SettingsOf<typeof rootKeys>;
  readonly origins: Origins;
  /** Lines of [source-defaults]. */
  readonly sourceDefaults: readonly FileEntry[];
  readonly problems: readonly Problem[];
}

export function readRootConfig(root: Root): RootConfig {
  const file = join(root.path, 'crcache.conf');
  const read = readConfigFile(file);
  const ini = readIni(read?.text ?? '');
  const entriesOf = (wanted: string): FileEntry[] =>
    ini.entries.filter(({section}) => section === wanted).map((entry) => ({...entry, file}));
  const own = readKeys(rootKeys, entriesOf(defaultSection));
  const defaults = entriesOf(sourceDefaults);
  const problems: Problem[] = [
    ...(read?.problem === undefined ? [] : [read.problem]),
    ...ini.problems.map((problem) => ({file, ...problem})),
    ...ini.sections
      .filter(({name}) => name !== defaultSection && name !== sourceDefaults)
      .map(({name, line}) => unknownSection(file, name, line)),
    ...unknownKeys(entriesOf(defaultSection), rootKeys, {
      section: sourceDefaults,
      table: defaultableKeys,
    }),
    ...unknownKeys(defaults, defaultableKeys, {section: defaultSection, table: rootKeys}),
    ...own.problems,
    ...readKeys(defaultableKeys, defaults).problems,
  ];
  return {
    file,
    origins: own.origins,
    settings: own.values as RootConfig['settings'],
    sourceDefaults: defaults,
    problems: problems.sort((left, right) => left.line - right.line),
  };
}

function unknownSection(file: string, name: string, line: number): Problem {
  const hint = suggest(name, [defaultSection, sourceDefaults]);
  return {file, line, message: `unknown section [${excerpt(name)}]`, hint};
}
