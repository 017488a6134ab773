// The rules about who imports whom.

import type {Violation} from './rules.js';
import type {Import, Source} from './source.js';

/** The files that know nothing of any other layer. */
const bottom = [
  'bytes',
  'digest',
  'errors',
  'import',
  'instance',
  'keys',
  'late',
  'mount-table',
  'nearest',
  'quote',
  'shell-words',
  'steps',
  'trace',
  'time',
  'boolean',
  'units',
].map((name) => `lib/${name}.ts`);
/** From the top down: each uses those after it. */
const tools = [
  'lib/end-processes.ts',
  'lib/ask-at-once.ts',
  'lib/exec.ts',
  'lib/tools.ts',
  'lib/dialogue.ts',
  'lib/piped.ts',
  'lib/tool-answer.ts',
  'lib/this-process.ts',
  'lib/pipes.ts',
  'lib/spool.ts',
  'lib/scratch.ts',
  'lib/terminal.ts',
  'lib/processes.ts',
  'lib/signals.ts',
  'lib/trees.ts',
  'lib/descriptors.ts',
  'lib/pieces.ts',
  'lib/whole-output.ts',
  'lib/watch-file.ts',
  'lib/files.ts',
];
const middle = [
  'lib/source/',
  'lib/hook/',
  'lib/copy/',
  'lib/store/',
  'lib/config/',
  'lib/output/',
];

interface Layer {
  /** The files, or the folders, that it consists of. */
  readonly places: readonly string[];
  /** Where its imports may come from. */
  readonly below: readonly string[];
}

/** From the top; a file belongs to the first layer that has it. */
const layers: readonly Layer[] = [
  {places: ['lib/index.ts'], below: ['lib/', 'cmd/table.ts']},
  {places: ['cmd/main.ts'], below: ['cmd/table.ts', 'package.json', 'lib/cli/', ...bottom]},
  {places: ['cmd/table.ts'], below: ['cmd/', 'lib/cli/']},
  {places: ['cmd/'], below: ['lib/cli/', 'lib/operation/', 'lib/output/', ...bottom]},
  {
    places: ['lib/cli/'],
    below: ['lib/cli/', 'lib/output/', 'lib/config/', ...tools, ...bottom],
  },
  {places: ['lib/operation/'], below: ['lib/operation/', ...middle, ...tools, ...bottom]},
  ...middle.map((folder) => ({places: [folder], below: [folder, ...tools, ...bottom]})),
  ...tools.map((tool, index) => ({
    places: [tool],
    below: [...tools.slice(index + 1), ...bottom],
  })),
  {places: bottom, below: bottom},
];

interface Door {
  readonly packages: readonly string[];
  /** The only files, or folders, that import them. */
  readonly places: readonly string[];
}

const doors: readonly Door[] = [
  {packages: ['yargs'], places: ['lib/cli/']},
  {
    packages: ['execa', 'node:child_process'],
    places: [
      'lib/exec.ts',
      'lib/tools.ts',
      'lib/dialogue.ts',
      'lib/pipes.ts',
      'lib/piped.ts',
      'lib/tool-answer.ts',
      'lib/late.ts',
    ],
  },
  {
    packages: ['node:process'],
    places: ['lib/processes.ts', 'lib/signals.ts', 'lib/this-process.ts', 'lib/time.ts'],
  },
  {packages: ['fs-extra'], places: ['lib/trees.ts']},
  {packages: ['proper-lockfile'], places: ['lib/store/lock.ts']},
  {packages: ['ini', 'yaml'], places: ['lib/config/']},
  {
    packages: ['node:fs'],
    places: [
      'lib/files.ts',
      'lib/watch-file.ts',
      'lib/trees.ts',
      'lib/pieces.ts',
      'lib/pipes.ts',
      'lib/spool.ts',
      'lib/scratch.ts',
      'lib/descriptors.ts',
      'lib/copy/',
      'cmd/main.ts',
    ],
  },
  {packages: ['node:module'], places: ['lib/source/module.ts', 'lib/late.ts']},
  {packages: ['node:console'], places: []},
];

export function checkLayers(sources: readonly Source[]): readonly Violation[] {
  return sources.flatMap(({file, imports}) => {
    const layer = layers.find(({places}) => isIn(file, places));
    if (layer === undefined) return [`${file}: belongs to no layer`];
    return imports
      .filter(({isOurs, target}) => isOurs && !isIn(target, layer.below))
      .map(({target, line}) => `${file}:${String(line)}: imports ${target}`);
  });
}

export function checkDoors(sources: readonly Source[]): readonly Violation[] {
  return sources.flatMap(({file, imports}) =>
    imports
      .filter(({isOurs, target}) => !isOurs && !mayImport(file, target))
      .map(({target, line}) => `${file}:${String(line)}: imports ${target}`),
  );
}

function mayImport(file: string, target: string): boolean {
  const names = (name: string): boolean => target === name || target.startsWith(`${name}/`);
  const door = doors.find(({packages}) => packages.some(names));
  // A package without a door has no business here; a module of node's has.
  return door === undefined ? target.startsWith('node:') : isIn(file, door.places);
}

/** Cycles of what is loaded when the program runs; types know each other as they must. */
export function checkCycles(sources: readonly Source[]): readonly Violation[] {
  const byFile = new Map(sources.map((source) => [source.file, source]));
  const done = new Set<string>();
  const visit = (file: string, above: readonly string[]): readonly Violation[] => {
    if (above.includes(file)) return [[...above.slice(above.indexOf(file)), file].join(' -> ')];
    if (done.has(file)) return [];
    const loaded = byFile.get(file)?.imports.filter(isLoaded) ?? [];
    const found = loaded.flatMap(({target}) => visit(target, [...above, file]));
    done.add(file);
    return found;
  };
  return sources.flatMap(({file}) => visit(file, []));
}

function isLoaded({isOurs, isType}: Import): boolean {
  return isOurs && !isType;
}

function isIn(file: string, places: readonly string[]): boolean {
  return places.some((place) => (place.endsWith('/') ? file.startsWith(place) : file === place));
}
