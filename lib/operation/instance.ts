// An instance as operations see it: its record, its type, and what it stands on.

import type {CommonSettings} from '../config/common-keys.js';
import {askTool, runTool} from '../tools.js';
import {writeWhole} from '../files.js';
import {parseInstanceName} from '../instance.js';
import type {InstanceFacts, SourceType, Surroundings} from '../source/source.js';
import {readFacts, readRecord} from '../store/record.js';
import {newNonce} from '../store/worker.js';
import {isAtBottom, isRemembered, type Cache, type Source} from './cache.js';
import {configOf} from './snapshot.js';

export interface Instance {
  readonly name: string;
  readonly source: Source;
  /** The type and settings that it was made with, whatever its source says today. */
  readonly type: SourceType;
  /** The name of that configuration. */
  readonly configName: string | undefined;
  readonly facts: InstanceFacts<CommonSettings>;
}

/** A tool of a type that takes longer than this hangs. */
const toolTimeoutMs = 3_600_000;

/** An instance whose record exists. */
export function readInstance(cache: Cache, source: Source, name: string): Instance {
  const {state} = source;
  const directory = state.instancePath(name);
  const hash = configOf(state, name);
  const isCurrent = hash === undefined || (!isRemembered(source) && hash === source.hash);
  const made = isCurrent
    ? source.definition
    : (cache.definitionOf(source.name, name) ?? source.definition);
  const type = cache.typeOf(made);
  const backing = isAtBottom({type, settings: made.settings})
    ? undefined
    : readBacking(cache, directory);
  const facts: InstanceFacts<CommonSettings> = {
    name,
    incarnation: state.incarnation(name) ?? '',
    storeId: cache.store.id,
    directory,
    settings: made.settings,
    handle: readFacts(`${directory}/handle`) ?? {},
    surroundings: surroundingsOf(cache, `${directory}/workers/${newNonce()}`),
    ...(backing === undefined ? {} : {backing: backing.directory}),
  };
  return {name, source, type, configName: hash, facts};
}

/** What a type gets from outside; its tools note themselves in `workersDirectory`. */
export function surroundingsOf(cache: Cache, workersDirectory: string): Surroundings {
  const {caller, around, store} = cache;
  const usual = {workersDirectory, env: caller.env, timeoutMs: toolTimeoutMs};
  return {
    stateDirectory: store.directory,
    pid: around.workshop.self.pid,
    say: cache.say,
    runTool: (program, words) => {
      around.trace(`run '${program}' ${words.join(' ')}`);
      return runTool(program, words, usual);
    },
    askTool: (program, words, {settings = [], isClean = false, ...options} = {}) => {
      around.trace(`run '${program}' ${words.join(' ')}`);
      const env = {...(isClean ? {} : caller.env), ...Object.fromEntries(settings.map(asPair))};
      return askTool(program, words, {...usual, ...options, env});
    },
  };
}

function asPair(setting: string): [string, string] {
  const equals = setting.indexOf('=');
  return [setting.slice(0, equals), setting.slice(equals + 1)];
}

/** The instance that another one stands on. */
export interface Backing {
  readonly name: string;
  readonly directory: string;
}

export function readBacking(cache: Cache, directory: string): Backing | undefined {
  const name = readRecord(`${directory}/backing`)?.trim();
  const parts = name === undefined ? undefined : parseInstanceName(name);
  if (name === undefined || parts === undefined) return undefined;
  return {name, directory: cache.store.source(parts.source).instancePath(name)};
}

export function writeBacking(directory: string, name: string): void {
  writeWhole(`${directory}/backing`, `${name}\n`, {flush: true});
}

/** Who holds an instance's backing: this incarnation of it, and nobody else may release that. */
export function holderOf({name, facts}: Pick<Instance, 'name' | 'facts'>): string {
  return `${name}#${facts.incarnation}`;
}

/** The directory that holds the hooks that an instance was made with. */
export function hookDirectory({configName, source}: Instance): string | undefined {
  return configName === undefined ? undefined : `${source.state.directory}/configs/${configName}`;
}

/** The instance and all that it stands on, from the top down. */
export function levelsOf(cache: Cache, instance: Instance): Instance[] {
  const {type, facts} = instance;
  if (isAtBottom({type, settings: facts.settings})) return [instance];
  const backing = readBacking(cache, facts.directory);
  const parts = backing === undefined ? undefined : parseInstanceName(backing.name);
  const source = parts === undefined ? undefined : cache.findSource(parts.source);
  if (backing === undefined || source === undefined) return [instance];
  return [instance, ...levelsOf(cache, readInstance(cache, source, backing.name))];
}

/** Whether an instance that stands on no other is a part of this machine, as far as its type knows. */
export function isOnThisMachine({type, facts}: Pick<Instance, 'type' | 'facts'>): boolean {
  return type.machineOf === undefined && type.capabilities(facts.settings).isolation !== 'machine';
}
