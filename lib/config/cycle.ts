// Sources can stand on others, as pools do. No source stands on itself, and none on one that is not there.

import {CrcacheError} from '../errors.js';
import {nearest} from '../nearest.js';
import type {SourceDefinition} from './definition.js';
import type {Configuration} from './sources.js';

/** The names of the sources that a source stands on. */
export type StandsOn = (definition: SourceDefinition) => readonly string[];

/** Fails if a source, or one that it stands on, leads back to itself or to a source that is not there. */
export function checkCycles(configuration: Configuration, name: string, standsOn: StandsOn): void {
  const done = new Set<string>();
  const visit = (current: string, way: readonly SourceDefinition[]): void => {
    const above = way.at(-1);
    const start = way.findIndex((definition) => definition.name === current);
    if (start !== -1 && above !== undefined) throw cycle(current, way.slice(start), above);
    if (done.has(current)) return;
    const definition = configuration.source(current);
    if (definition === undefined) {
      if (above !== undefined) throw missing(current, above, configuration.names().names);
      return;
    }
    for (const below of standsOn(definition)) visit(below, [...way, definition]);
    done.add(current);
  };
  visit(name, []);
}

function cycle(
  name: string,
  way: readonly SourceDefinition[],
  above: SourceDefinition,
): CrcacheError {
  const names = [...way.map((definition) => definition.name), name].join(' -> ');
  const message = `${lineOf(name, above)}: '${name}' stands on itself: ${names}`;
  return new CrcacheError('usage', message, `take '${name}' from the sources of '${above.name}'`);
}

function missing(name: string, above: SourceDefinition, names: readonly string[]): CrcacheError {
  const meant = nearest(name, names);
  const message = `${lineOf(name, above)}: '${above.name}' stands on '${name}', which is not configured`;
  const hint = meant === undefined ? `known are: ${names.join(', ')}` : `did you mean '${meant}'?`;
  return new CrcacheError('usage', message, hint);
}

/** Where a source lists another: the line of the key whose value has its name. */
function lineOf(name: string, {settings, origins, place}: SourceDefinition): string {
  const key = Object.keys(settings).find((each) => {
    const value = settings[each];
    return value === name || (Array.isArray(value) && value.includes(name));
  });
  return key === undefined ? (place?.file ?? 'default') : (origins[key] ?? 'default');
}
