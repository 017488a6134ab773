// check-source: all that is wrong with the configuration of sources, as data.

import {findCycles} from '../config/cycle.js';
import {placeOf, problemFrom, UnusedError, type Problem} from '../config/problem.js';
import {hookDirectories} from '../config/hook-directories.js';
import type {SourceDefinition} from '../config/definition.js';
import type {Configuration} from '../config/sources.js';
import {CrcacheError} from '../errors.js';
import {isDirectory, listNames} from '../files.js';
import {isSourceName} from '../instance.js';
import {hookFiles} from '../hook/hook-files.js';
import {nearest} from '../nearest.js';
import type {Cache} from './cache.js';

export {placeOf, type Problem} from '../config/problem.js';

/** What is wrong with these sources and those that they stand on; without names, with all and with the roots. */
export function checkConfiguration(cache: Cache, names: readonly string[]): Problem[] {
  const {configuration} = cache;
  if (names.length > 0) return distinct(checkNamed(cache, names));
  const {names: all, warnings} = configuration.names();
  return distinct([
    ...configuration.checkRoots(),
    ...warnings.map(problemFrom),
    ...checkNamed(cache, all),
  ]);
}

function checkNamed(cache: Cache, names: readonly string[]): Problem[] {
  const checked = new Map<string, CheckedOne>();
  const check = (name: string): CheckedOne => {
    const known = checked.get(name) ?? checkOne(cache, name);
    checked.set(name, known);
    return known;
  };
  for (const name of names) {
    const {definition, problems} = check(name);
    // Fails for one that there is not, and passes for one that is known only from its instances.
    if (definition === undefined && problems.length === 0) cache.source(name);
  }
  const cycles = findCycles(cache.configuration, names, {
    standsOn: ({settings}) => {
      // A source with a problem may be without any type.
      const type = settings.type as string | undefined;
      return (type === undefined ? undefined : cache.types.find(type))?.standsOn?.(settings) ?? [];
    },
    // One of which nobody knows what it is has problems of its own.
    definitionOf: (name) => check(name).definition,
  });
  return [...[...checked.values()].flatMap(({problems}) => problems), ...cycles];
}

interface CheckedOne {
  readonly definition: SourceDefinition | undefined;
  readonly problems: readonly Problem[];
}

/** One source's own problems: those of its file, and of its hooks. */
function checkOne({configuration, caller}: Cache, name: string): CheckedOne {
  try {
    const checked = configuration.check(name);
    if (checked === undefined)
      return {definition: undefined, problems: unused(configuration, name)};
    const {definition, problems} = checked;
    return {definition, problems: [...problems, ...hookProblems(definition, caller.env)]};
  } catch (error) {
    if (!(error instanceof CrcacheError)) throw error;
    return {definition: undefined, problems: problemsOf(error, configuration, name)};
  }
}

function problemsOf(error: CrcacheError, configuration: Configuration, name: string): Problem[] {
  // Whoever asks for what cannot be a source's name is told where that stands.
  if (!isSourceName(name)) return unused(configuration, name);
  if (error instanceof UnusedError) return [problemFrom(error.unused)];
  return [{file: '', line: 0, message: error.message, hint: error.hint}];
}

/** Why a directory that is there for a source is none. */
function unused(configuration: Configuration, name: string): Problem[] {
  const why = configuration.whyUnused(name);
  return why === undefined ? [] : [problemFrom(why)];
}

function hookProblems({place}: SourceDefinition, env: Cache['caller']['env']): Problem[] {
  if (place === undefined) return [];
  const {directory} = place;
  const hooks = hookDirectories.flatMap((each) => hookFiles(`${directory}/${each}`, env));
  return [
    ...misnamedDirectories(directory),
    ...hooks.flatMap(({path, problem}) =>
      problem === undefined
        ? []
        : [{file: path, line: problem.line, message: problem.what, hint: problem.hint}],
    ),
  ];
}

/** A directory of hooks whose name nobody knows is never looked at. */
function misnamedDirectories(directory: string): Problem[] {
  return listNames(directory)
    .filter((name) => name.endsWith('.d') && !hookDirectories.includes(name))
    .filter((name) => isDirectory(`${directory}/${name}`))
    .map((name) => {
      const meant = nearest(name, hookDirectories);
      return {
        file: `${directory}/${name}`,
        line: 0,
        message: 'is no directory of hooks, and nothing in it runs',
        hint:
          meant === undefined
            ? `known are: ${hookDirectories.join(', ')}`
            : `did you mean '${meant}'?`,
      };
    });
}

/** What two sources of a root both suffer from is told once. */
function distinct(problems: readonly Problem[]): Problem[] {
  const keyed = problems.map((each) => [`${placeOf(each)}: ${each.message}`, each] as const);
  return [...new Map(keyed).values()];
}
