// init: a new source, in a directory that appears whole or not at all, and never in the place of another.

import {resolve} from 'node:path';
import {newSourceText} from '../config/new-source.js';
import {UnusedError} from '../config/problem.js';
import {checkSourceName} from '../config/source-name.js';
import {CrcacheError} from '../errors.js';
import {
  exists,
  isDirectory,
  listNames,
  makeDirectory,
  makeExecutable,
  readText,
  renameToFree,
  writeWhole,
} from '../files.js';
import {removeTree} from '../trees.js';
import type {Cache} from './cache.js';

export interface InitRequest {
  readonly name: string;
  readonly type: string;
  /** Words KEY=VALUE. */
  readonly settings: readonly string[];
  readonly root: 'user' | 'project';
  /** The ready-made hooks, by sets. */
  readonly hooks: string;
}

export interface NewSourcePlace {
  readonly directory: string;
  readonly file: string;
  /** Samples that were written, as PHASE.d/NAME. */
  readonly samples: readonly string[];
  /** The source.conf of a root that is looked at before, which has the name too. */
  readonly hiddenBy: string | undefined;
}

const phases = ['provision.d', 'allocate.d', 'release.d', 'discard.d'] as const;

/** Writes a new source. Nothing is there afterwards where this fails. */
export function initSource(cache: Cache, request: InitRequest): NewSourcePlace {
  const {settings, hooks} = request;
  const {types, caller} = cache;
  // source.conf would take it from its own directory.
  const type = /^\.\.?\//.test(request.type) ? resolve(caller.cwd, request.type) : request.type;
  const name = checkSourceName(request.name);
  const text = newSourceText({
    name,
    type,
    summary: types.find(type)?.summary ?? '',
    settings,
    types,
  });
  const root = rootFor(cache, request.root);
  const directory = `${root}/sources/${name}`;
  if (exists(directory)) throw isThereAlready(name, directory);
  const prepared = `${root}/sources/.${name}.${String(cache.around.workshop.self.pid)}.new`;
  try {
    makeDirectory(prepared);
    writeWhole(`${prepared}/source.conf`, text);
    const samples = phases.flatMap((phase) => writeSamples({hooks, phase, prepared}));
    if (!renameToFree(prepared, directory)) throw isThereAlready(name, directory);
    return {
      directory,
      file: `${directory}/source.conf`,
      samples,
      hiddenBy: hiddenBy(cache, name, directory),
    };
  } catch (error) {
    removeTree(prepared);
    throw error;
  }
}

/** The hooks of all sets that have some for a phase: run-parts passes over names with a dot in them. */
function writeSamples({
  hooks,
  phase,
  prepared,
}: {
  hooks: string;
  phase: string;
  prepared: string;
}): string[] {
  makeDirectory(`${prepared}/${phase}`);
  return listNames(hooks).flatMap((set) =>
    listNames(`${hooks}/${set}/${phase}`).map((hook) => {
      const sample = `${phase}/${hook}.sample`;
      writeWhole(`${prepared}/${sample}`, readText(`${hooks}/${set}/${phase}/${hook}`) ?? '');
      makeExecutable(`${prepared}/${sample}`);
      return sample;
    }),
  );
}

function rootFor({configuration, caller}: Cache, kind: InitRequest['root']): string {
  const found = configuration.describeRoots().find(({root}) => root.kind === kind);
  if (found?.distrust !== undefined) {
    throw new UnusedError(found.distrust);
  }
  if (found !== undefined) return found.root.path;
  if (kind === 'project') return `${caller.cwd}/.crcache`;
  throw new CrcacheError(
    'usage',
    'there is no place for your own configuration: HOME is not set',
    'set HOME, or CRCACHE_CONFIG to a directory',
  );
}

function isThereAlready(name: string, directory: string): CrcacheError {
  const what = isDirectory(directory) ? 'a source' : 'something';
  const hint = `crcache show-source ${name} --origin; choose another name, or edit what is there`;
  return new CrcacheError('failed', `there is ${what} '${directory}' already`, hint);
}

/** Where a source of this name is found before the new one. */
function hiddenBy({configuration}: Cache, name: string, directory: string): string | undefined {
  const found = configuration.roots
    .map(({path}) => `${path}/sources/${name}`)
    .find((each) => exists(`${each}/source.conf`));
  return found === undefined || found === directory ? undefined : `${found}/source.conf`;
}
