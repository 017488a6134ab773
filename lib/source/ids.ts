// How an instance is named where it is made, in letters that every backend takes, once and for ever; and where it lies.

import {dirname} from 'node:path';
import type {InstanceFacts, Listed, SourceFacts} from './source.js';

export function idOf({
  storeId,
  name,
  incarnation,
}: Pick<InstanceFacts, 'storeId' | 'name' | 'incarnation'>): string {
  return `${prefixOf(storeId)}${name}-${incarnation}`;
}

/** What all ids of a state directory begin with. */
export function prefixOf(storeId: string): string {
  return `crcache-${storeId}-`;
}

/** A line of a listing is the id of something that exists; those of others are not ours. */
export function listedIn(
  line: string,
  {source, storeId}: Pick<SourceFacts, 'source' | 'storeId'>,
): Listed[] {
  const id = line.trim();
  const rest = id.startsWith(`${prefixOf(storeId)}${source}-`)
    ? id.slice(prefixOf(storeId).length)
    : '';
  const [, name, incarnation] = /^(.+-[0-9]+)-([a-z0-9]+)$/.exec(rest) ?? [];
  if (name === undefined || incarnation === undefined) return [];
  return [{name, incarnation, handle: {id}}];
}

/** What says where the instances of a state directory lie, for types that keep them in a directory. */
type Keeper = Pick<
  SourceFacts<{readonly directory?: string | undefined}>,
  'settings' | 'surroundings' | 'storeId'
>;

/** The directory of all of them; beside the state directory, by this name, unless settings say where. */
export function backendIn({settings, surroundings, storeId}: Keeper, name: string): string {
  const directory = settings.directory ?? `${dirname(surroundings.stateDirectory)}/${name}`;
  return `${directory}/${storeId}`;
}
