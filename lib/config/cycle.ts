// Sources can stand on others, as pools do. No source stands on itself, and none on one that is not there.

import {CrcacheError} from '../errors.js';
import {isSourceName} from '../instance.js';
import {nearest} from '../nearest.js';
import type {SourceDefinition} from './definition.js';
import {describeProblem, parsePlace, type Problem} from './problem.js';
import type {Configuration} from './sources.js';

/** The names of the sources that a source stands on. */
export type StandsOn = (definition: SourceDefinition) => readonly string[];

interface Walk {
  readonly configuration: Configuration;
  readonly standsOn: StandsOn;
  /** A source's definition, or undefined where there is none. */
  readonly definitionOf: (name: string) => SourceDefinition | undefined;
  /** Whether a source may be missing that another stands on; asked only where one is. */
  readonly isMissingFine?: () => boolean;
  /** Told of each problem; it may throw. */
  readonly onProblem: (problem: Problem) => void;
}

/** Fails if a source, or one that it stands on, leads back to itself or to a source that is not there. */
export function checkCycles(
  configuration: Configuration,
  name: string,
  walked: Pick<Walk, 'standsOn' | 'isMissingFine'> & Partial<Pick<Walk, 'definitionOf'>>,
): void {
  walk([name], {
    configuration,
    definitionOf: (each) => configuration.source(each),
    ...walked,
    onProblem: (problem) => {
      throw new CrcacheError('usage', describeProblem(problem), problem.hint);
    },
  });
}

/** All cycles below these sources, each once, and all sources that are not there. */
export function findCycles(
  configuration: Configuration,
  names: readonly string[],
  walked: Pick<Walk, 'standsOn' | 'definitionOf'>,
): Problem[] {
  const problems: Problem[] = [];
  walk(names, {configuration, ...walked, onProblem: (problem) => problems.push(problem)});
  return problems;
}

function walk(
  names: readonly string[],
  {configuration, standsOn, definitionOf, isMissingFine, onProblem}: Walk,
): void {
  const done = new Set<string>();
  const visit = (current: string, way: readonly SourceDefinition[]): void => {
    const above = way.at(-1);
    const start = way.findIndex((definition) => definition.name === current);
    if (start !== -1 && above !== undefined) {
      onProblem(cycle(current, way.slice(start), above));
      return;
    }
    if (done.has(current)) return;
    const isNameless = above !== undefined && !isSourceName(current);
    const definition = isNameless ? undefined : definitionOf(current);
    if (definition === undefined) {
      if (above === undefined || isMissingFine?.() === true) return;
      const others = configuration.names().names.filter((name) => name !== above.name);
      onProblem(missing(current, above, others));
      return;
    }
    for (const below of standsOn(definition)) visit(below, [...way, definition]);
    done.add(current);
  };
  for (const name of names) visit(name, []);
}

function cycle(name: string, way: readonly SourceDefinition[], above: SourceDefinition): Problem {
  const names = [...way.map((definition) => definition.name), name].join(' -> ');
  return {
    ...lineOf(name, above),
    message: `'${name}' stands on itself: ${names}`,
    hint: `take '${name}' from the sources of '${above.name}'`,
  };
}

function missing(name: string, above: SourceDefinition, names: readonly string[]): Problem {
  const meant = nearest(name, names);
  return {
    ...lineOf(name, above),
    message: `'${above.name}' stands on '${name}', which is not configured`,
    hint: meant === undefined ? `known are: ${names.join(', ')}` : `did you mean '${meant}'?`,
  };
}

/** Where a source lists another: the line of the key whose value has its name. */
function lineOf(
  name: string,
  {settings, origins, place}: SourceDefinition,
): Pick<Problem, 'file' | 'line'> {
  const key = Object.keys(settings).find((each) => {
    const value = settings[each];
    return value === name || (Array.isArray(value) && value.includes(name));
  });
  const origin = key === undefined ? place?.file : origins[key];
  return parsePlace(origin ?? 'default');
}
