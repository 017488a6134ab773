// The sources that the roots of the search path define. Nothing is read before it is asked for: one source
// costs its source.conf and at most the roots' crcache.conf; the names of all cost only directories.

import {isAbsolute, join, relative} from 'node:path';
import {readRootConfig, type RootConfig} from './crcache-conf.js';
import type {Place, SourceDefinition} from './definition.js';
import {hookDirectoryProblems} from './hook-directories.js';
import {
  parsePlace,
  placeOf,
  problemFrom,
  throwFirst,
  UnusedError,
  type Problem,
  type Unused,
} from './problem.js';
import {readConfigFile} from './read-file.js';
import {suggest} from './read-keys.js';
import {resolvePath, type Root} from './roots.js';
import {readSource, type TypeKeys} from './source-config.js';
import {checkSourceName, isThere, listSources, type SourceNames} from './source-name.js';
import {findTrustProblem, partsOfRoot, partsOfSource} from './trust.js';

export interface ConfigurationOptions {
  readonly roots: readonly Root[];
  readonly types: TypeKeys;
  /** Who uses the configuration. */
  readonly uid: number;
  readonly home: string | undefined;
  /** Whose crcache.conf lists trusted directories; the user's root among the others, unless given. */
  readonly userRoot?: Root | undefined;
}

/** A source and all that is wrong with its file. */
export interface CheckedSource {
  readonly definition: SourceDefinition;
  readonly problems: readonly Problem[];
}

export interface DescribedRoot {
  readonly root: Root;
  readonly names: readonly string[];
  readonly distrust: Unused | undefined;
}

/** The source that is there without any configuration. */
const implicitSource = 'local';

export class Configuration {
  readonly roots: readonly Root[];
  readonly #options: ConfigurationOptions;
  readonly #rootConfigs = new Map<string, RootConfig>();
  readonly #sources = new Map<string, CheckedSource | undefined>();

  constructor(options: ConfigurationOptions) {
    this.roots = options.roots;
    this.#options = options;
  }

  /** Reads anew what is asked for from now on. */
  forget(): void {
    this.#rootConfigs.clear();
    this.#sources.clear();
  }

  /** The configuration of one root alone. */
  at(path: string): Configuration {
    const userRoot = this.#userRoot();
    return new Configuration({...this.#options, roots: [this.#rootAt(path)], userRoot});
  }

  /** The types for what a root has defined: one that is a module is loaded where the other code of the root would be. */
  typesAt(path: string): TypeKeys {
    return this.#trustedTypes(this.#rootAt(path));
  }

  /** The source that is meant where none is named. */
  defaultSource(): string {
    for (const root of this.roots) {
      this.#requireTrust(root, partsOfRoot);
      const {settings, problems, origins} = this.#rootConfig(root);
      throwFirst(problems);
      const key = 'default-source';
      const name = settings[key];
      if (name !== undefined) return checkSourceName(name, `${origins[key] ?? ''}: ${key}`);
    }
    const [only, ...others] = this.#configured().names;
    return only === undefined || others.length > 0 ? implicitSource : only;
  }

  /** All sources, in order. What cannot be used is a warning, and never in the way of the others. */
  names(): SourceNames {
    const {names, warnings} = this.#configured();
    return {names: [...new Set([...names, implicitSource])].sort(), warnings};
  }

  /** Why there is no source of a name though a root has a directory for it. */
  whyUnused(name: string): Unused | undefined {
    const directories = this.roots.map(({path}) => join(path, 'sources', name));
    return this.#configured().warnings.find(({file}) => directories.includes(file));
  }

  /** A source, or undefined where no root has it. Fails if its configuration is wrong or not trusted. */
  source(name: string): SourceDefinition | undefined {
    const checked = this.check(name);
    if (checked !== undefined) throwFirst(checked.problems, name);
    return checked?.definition;
  }

  /** A source with all problems of its file. Fails only where it may not be read. */
  check(name: string): CheckedSource | undefined {
    checkSourceName(name);
    if (!this.#sources.has(name)) this.#sources.set(name, this.#read(name));
    return this.#sources.get(name);
  }

  /** What is wrong with the roots themselves: their crcache.conf, what is in them and is no source, who may write there. */
  checkRoots(): Problem[] {
    return this.roots.flatMap((root) => {
      const distrust = this.#distrust(root, partsOfRoot);
      if (distrust !== undefined) return [problemFrom(distrust)];
      const {problems, settings, origins} = this.#rootConfig(root);
      const name = settings['default-source'];
      const isMissing = name !== undefined && !this.names().names.includes(name);
      const place = parsePlace(origins['default-source'] ?? '');
      const message = `default-source is '${name ?? ''}', which is not configured`;
      const hint = suggest(name ?? '', this.names().names);
      return [...problems, ...(isMissing ? [{...place, message, hint}] : [])];
    });
  }

  /** The roots in their order: what is in each, or why it is not used. */
  describeRoots(): DescribedRoot[] {
    return this.roots.map((root) => {
      const distrust = this.#distrust(root, partsOfRoot);
      return {root, names: distrust === undefined ? listSources(root).names : [], distrust};
    });
  }

  #read(name: string): CheckedSource | undefined {
    const place = this.#locate(name);
    if (place === undefined) {
      return name === implicitSource ? readImplicit(this.#options.types) : undefined;
    }
    const types = this.#trustedTypes(place.root);
    const {sourceDefaults, problems: rootProblems} = this.#rootConfig(place.root);
    const {file} = place;
    const read = readConfigFile(file);
    const text = read?.text ?? '';
    const {settings, origins, problems} = readSource({file, text, types, defaults: sourceDefaults});
    const definition = {name, settings, origins, place};
    // What a file that cannot be read does not contain is no second problem.
    const own = read?.problem === undefined ? problems : [read.problem];
    const known = new Set(rootProblems.map(placeOf));
    const others = own.filter((problem) => !known.has(placeOf(problem)));
    const ofHooks = hookDirectoryProblems(place.directory);
    return {definition, problems: [...rootProblems, ...others, ...ofHooks]};
  }

  /** The first root that has a source's file. */
  #locate(name: string): Place | undefined {
    for (const root of this.roots) {
      const directory = join(root.path, 'sources', name);
      const file = join(directory, 'source.conf');
      if (!isThere(file)) continue;
      this.#requireTrust(root, partsOfSource(root, name));
      return {root, directory, file};
    }
    return undefined;
  }

  #configured(): SourceNames {
    const names = new Set<string>();
    const warnings: Unused[] = [];
    for (const root of this.roots) {
      const distrust = this.#distrust(root, partsOfRoot);
      if (distrust !== undefined) {
        warnings.push(distrust);
        continue;
      }
      const listed = listSources(root);
      warnings.push(...listed.warnings);
      for (const name of listed.names) {
        // Each source's own files are looked at where others are likely to have written them.
        const parts = root.kind === 'project' ? partsOfSource(root, name) : [];
        const reason = this.#distrust(root, parts);
        if (reason === undefined) names.add(name);
        else warnings.push(reason);
      }
    }
    return {names: [...names].sort(), warnings};
  }

  /** A root that is not looked at from here may be anybody's, as a project's may. */
  #rootAt(path: string): Root {
    return this.roots.find((root) => root.path === path) ?? {kind: 'project', path};
  }

  #userRoot(): Root | undefined {
    return this.#options.userRoot ?? this.roots.find(({kind}) => kind === 'user');
  }

  /** A type that is a module is code, and loaded where the other code of the root would be. */
  #trustedTypes(root: Root): TypeKeys {
    const {types} = this.#options;
    return {
      names: () => types.names(),
      keysOf: (type) => {
        if (isAbsolute(type)) this.#requireTrust(root, [relative(root.path, type)]);
        return types.keysOf(type);
      },
    };
  }

  #requireTrust(root: Root, parts: readonly string[]): void {
    const problem = this.#distrust(root, parts);
    if (problem !== undefined) throw new UnusedError(problem);
  }

  #distrust(root: Root, parts: readonly string[]): Unused | undefined {
    const {uid} = this.#options;
    return findTrustProblem(root, parts, {uid, trusted: () => this.#trustedDirectories()});
  }

  #trustedDirectories(): readonly string[] {
    const root = this.#userRoot();
    if (root === undefined) return [];
    const {home} = this.#options;
    const listed = this.#rootConfig(root).settings['trusted-directories'];
    return listed.map((path) => resolvePath(path, {directory: root.path, home}));
  }

  #rootConfig(root: Root): RootConfig {
    const config = this.#rootConfigs.get(root.path) ?? readRootConfig(root);
    this.#rootConfigs.set(root.path, config);
    return config;
  }
}

function readImplicit(types: TypeKeys): CheckedSource {
  const file = 'default';
  const {settings, problems} = readSource({file, text: 'type=local', types});
  const origins = Object.fromEntries(Object.keys(settings).map((key) => [key, 'default']));
  return {definition: {name: implicitSource, settings, origins, place: undefined}, problems};
}
