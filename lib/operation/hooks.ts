// The hooks of an instance's configuration, at the moments of its life. An instance lives with the hooks that it was made
// with, also when its source's configuration has been changed or removed.

import {CrcacheError} from '../errors.js';
import {exists, makeDirectory, readBytes, writeWhole} from '../files.js';
import {hooksOf, runHooks, type HookRun, type Phase} from '../hook/run-hooks.js';
import {newNonce} from '../store/worker.js';
import type {Cache} from './cache.js';
import {readBacking, type Instance} from './instance.js';

/** What is to be run: the phase and, where it is given out, the lease by which. */
export interface Moment {
  readonly phase: Phase;
  readonly lease?: string | undefined;
}

/** Runs the hooks of a phase for an instance; what they print is on stderr and in hooks.log. */
export async function runPhase(
  cache: Cache,
  instance: Instance,
  {phase, lease}: Moment,
): Promise<void> {
  const directory = hookDirectory(instance);
  // Most instances have none, and pay with this look.
  if (directory === undefined || !exists(hooksOf(directory, phase))) return;
  const run = hookRun(cache, instance, {phase, lease});
  try {
    await runHooks(run);
  } catch (error) {
    if (!(error instanceof CrcacheError && error.kind === 'hook')) throw error;
    const kept = keepLog(instance.source.state.directory, instance, run.log);
    throw new CrcacheError('hook', error.message, `its output is in ${kept}`);
  }
}

/** All that a run of an instance's hooks needs. */
export function hookRun(cache: Cache, instance: Instance, moment: Moment): HookRun {
  const {facts, name} = instance;
  const directory = hookDirectory(instance) ?? '';
  return {
    phase: moment.phase,
    directory,
    instance: name,
    env: hookEnvironment(cache, instance, moment),
    cwd: homeOfHooks(instance) ?? directory,
    log: `${facts.directory}/hooks.log`,
    workersDirectory: `${facts.directory}/workers/${newNonce()}`,
    timeoutMs: facts.settings['hook-timeout'],
    listen: cache.listen,
    warn: cache.say,
  };
}

/** The directory that holds the hooks that an instance was made with. */
export function hookDirectory({configName, source}: Instance): string | undefined {
  return configName === undefined ? undefined : `${source.state.directory}/configs/${configName}`;
}

/** The directory of source.conf, as long as it is there: hooks may have files of their own beside them. */
function homeOfHooks({source}: Instance): string | undefined {
  const directory = source.isUnconfigured ? undefined : source.definition.place?.directory;
  return directory !== undefined && exists(directory) ? directory : undefined;
}

export function hookEnvironment(
  cache: Cache,
  {facts, name, source}: Instance,
  {phase, lease}: Moment,
): Readonly<Record<string, string | undefined>> {
  const {caller, store} = cache;
  const program = caller.program[1] ?? '';
  const launcher = program.slice(0, Math.max(0, program.lastIndexOf('/'))) + '/../cmd';
  return {
    ...caller.env,
    // Hooks call crcache, also where whoever calls it has not put it on the PATH.
    PATH: `${caller.env['PATH'] ?? '/usr/bin:/bin'}:${launcher}`,
    CRCACHE_DIR: store.directory,
    CRCACHE_CONFIG: source.definition.place?.root.path,
    CRCACHE_SOURCE: source.name,
    CRCACHE_INSTANCE: name,
    CRCACHE_INSTANCE_DIR: facts.directory,
    CRCACHE_HOOK: phase,
    CRCACHE_BACKING: readBacking(cache, facts.directory)?.name,
    CRCACHE_PWD: caller.cwd,
    CRCACHE_LEASE: lease,
  };
}

/** What hooks printed outlives their instance; the value is where. */
function keepLog(source: string, {name, facts}: Instance, log: string): string {
  const kept = `${source}/failed/${name}.${facts.incarnation}`;
  makeDirectory(`${source}/failed`);
  const bytes = readBytes(log) ?? Buffer.alloc(0);
  // A hook may have printed without end; what it said last is what counts.
  writeWhole(kept, bytes.subarray(-longestKept).toString('utf8'));
  return kept;
}

const longestKept = 1024 * 1024;
