// What an instance was made from: its source's configuration, kept for as long as instances are made of it.
//
// `configs/HASH/` holds the settings that were effective, as a source.conf, and the hook directories. An instance lives
// with these, also when the configuration has been changed or removed.

import {hookDirectoriesIn} from '../config/hook-directories.js';
import {commonKeys} from '../config/common-keys.js';
import type {SourceDefinition} from '../config/definition.js';
import {writeIniValue} from '../config/ini.js';
import {readSource, type TypeKeys} from '../config/source-config.js';
import {
  changedAt,
  listNames,
  makeDirectory,
  readLink,
  readText,
  renameIfThere,
  renameToFree,
  touch,
  writeWhole,
} from '../files.js';
import {keepDirectory, removeTree} from '../trees.js';
import type {KeyTable} from '../keys.js';
import {decide} from '../store/lock.js';
import type {SourceState} from '../store/source-state.js';
import {formatWorker} from '../store/worker.js';
import type {Source} from './cache.js';

/** Keeps a configuration below `configs/`, under its hash. */
export function keepSnapshot({state, definition, hash, type}: Source): void {
  const kept = `${state.directory}/configs/${hash}`;
  if (touch(kept)) return;
  const worker = formatWorker(state.around.workshop.newWorker());
  const prepared = `${state.directory}/trash/config@${worker}`;
  makeDirectory(prepared);
  writeWhole(`${prepared}/source.conf`, effectiveText(definition, type.keys));
  const {directory} = definition.place ?? {};
  if (directory !== undefined) {
    for (const name of hookDirectoriesIn(directory))
      keepDirectory(`${directory}/${name}`, `${prepared}/${name}`);
  }
  if (!renameToFree(prepared, kept)) removeTree(prepared);
}

/** A configuration that is kept this long for no instance is kept for nobody: who wants one touches it first. */
const unusedMs = 3_600_000;

/** Drops the configurations that no instance was made from, but for today's. */
export async function dropSnapshots({name, state, hash}: Source): Promise<void> {
  const {now, workshop} = state.around;
  const configs = `${state.directory}/configs`;
  const isOld = (each: string): boolean =>
    now().getTime() - (changedAt(`${configs}/${each}`) ?? now()).getTime() > unusedMs;
  const old = listNames(configs).filter((each) => each !== hash && isOld(each));
  if (old.length === 0) return;
  const trash = `${state.directory}/trash/config@${formatWorker(workshop.newWorker())}`;
  await decide(
    {source: name, directory: state.directory, ...state.around},
    {
      look: () => {
        const instances = listNames(`${state.directory}/instances`);
        const used = new Set(instances.map((instance) => configOf(state, instance)));
        return old.filter((each) => !used.has(each));
      },
      act: (unused) => {
        if (unused.length > 0) makeDirectory(trash);
        for (const each of unused) renameIfThere(`${configs}/${each}`, `${trash}/${each}`);
      },
    },
  );
  removeTree(trash);
}

/** The settings as a source.conf, but for those that are defaults of the program. */
function effectiveText({settings, origins}: SourceDefinition, keys: KeyTable): string {
  const table: KeyTable = {...commonKeys, ...keys};
  const lines = Object.entries(table).flatMap(([name, key]) => {
    const value = settings[name];
    if (name !== 'type' && (origins[name] ?? 'default') === 'default') return [];
    const values = key.repeats === true && Array.isArray(value) ? value : [value];
    return values.map((each) => {
      const text = key.show(key.repeats === true ? [each] : each);
      return `${name}=${writeIniValue(text)}`;
    });
  });
  return `[DEFAULT]\n${lines.join('\n')}\n`;
}

/** The name of the configuration that an instance was made from. */
export function configOf(state: SourceState, instance: string): string | undefined {
  return readLink(`${state.instancePath(instance)}/config`)
    ?.split('/')
    .at(-1);
}

/** The definition that an instance was made from; without one, what instances of the source were made from last. */
export function readSnapshot(
  types: TypeKeys,
  state: SourceState,
  instance?: string,
): SourceDefinition | undefined {
  const hash =
    instance === undefined ? newestIn(`${state.directory}/configs`) : configOf(state, instance);
  if (hash === undefined) return undefined;
  const directory = `${state.directory}/configs/${hash}`;
  const file = `${directory}/source.conf`;
  const text = readText(file);
  if (text === undefined) return undefined;
  const {settings, origins} = readSource({file, text, types});
  const root = {kind: 'user', path: directory} as const;
  return {name: state.source, settings, origins, place: {root, directory, file}};
}

/** A configuration is touched by whoever uses it. */
function newestIn(configs: string): string | undefined {
  const dated = listNames(configs).map((name) => {
    return {name, usedMs: changedAt(`${configs}/${name}`)?.getTime() ?? 0};
  });
  return dated.sort((left, right) => left.usedMs - right.usedMs).at(-1)?.name;
}
