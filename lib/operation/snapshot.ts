// What an instance was made from: its source's configuration, kept for as long as instances are made of it.
//
// `configs/HASH/` holds source.conf and the hook directories as they were. An instance lives with these, also when the
// configuration has been changed or removed.

import {findType} from '../source/registry.js';
import {readDefinition, type SourceDefinition} from '../config/sources.js';
import {copyTree, exists, listNames, makeDirectory, readLink, renameToFree, removeTree, writeWhole} from '../files.js';
import type {SourceState} from '../store/source-state.js';
import {formatWorker} from '../store/worker.js';

/** Keeps a configuration, and answers its name below `configs/`. */
export function keepSnapshot(state: SourceState, definition: SourceDefinition, hash: string): string {
  const kept = `${state.directory}/configs/${hash}`;
  if (exists(kept)) return hash;
  const prepared = `${state.directory}/trash/config@${formatWorker(state.around.workshop.newWorker())}`;
  makeDirectory(prepared);
  for (const name of definition.parts) copyTree(`${definition.directory}/${name}`, `${prepared}/${name}`);
  if (!exists(`${prepared}/source.conf`)) writeWhole(`${prepared}/source.conf`, `type=${definition.settings.type}\n`);
  writeWhole(`${prepared}/root`, `${definition.root}\n`);
  if (!renameToFree(prepared, kept)) removeTree(prepared);
  return hash;
}

/** The name of the configuration that an instance was made from. */
export function configOf(state: SourceState, instance: string): string | undefined {
  return readLink(`${state.instancePath(instance)}/config`)?.split('/').at(-1);
}

/** The definition that an instance was made from, or any that the source's instances were. */
export function readSnapshot(state: SourceState, instance?: string): SourceDefinition | undefined {
  const hash =
    instance === undefined ? listNames(`${state.directory}/configs`).at(-1) : configOf(state, instance);
  if (hash === undefined) return undefined;
  const directory = `${state.directory}/configs/${hash}`;
  return readDefinition(state.source, directory, (type) => findType(type)?.keys);
}
