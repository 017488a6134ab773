// The hooks of an instance's configuration, at the moments of its life. An instance lives with the hooks that it was made
// with, also when its source's configuration has been changed or removed.

import {CrcacheError} from '../errors.js';
import {exists, makeDirectory, removeFile, writeWhole} from '../files.js';
import {
  askHooks,
  keptBytes,
  phaseHasHooks,
  runHooks,
  type HookRun,
  type Phase,
} from '../hook/run-hooks.js';
import {readEnd} from '../pieces.js';
import {formatWorker, newNonce} from '../store/worker.js';
import type {Cache} from './cache.js';
import {inside} from './around.js';
import {hookDirectory, readBacking, type Instance} from './instance.js';

/** What is to be run: the phase and, where it is given out, the lease by which. */
export interface Moment {
  readonly phase: Phase;
  readonly lease?: string | undefined;
  /** The command that the hooks are around and, when it has ended, its status. */
  readonly command?: {readonly words: readonly string[]; readonly status?: number} | undefined;
  /** Ends the hooks when it is aborted. */
  readonly abort?: AbortSignal | undefined;
  /** How many things may run in the instance at once, for hooks that decide on it. */
  readonly concurrency?: number | undefined;
}

/** Runs the hooks of a phase for an instance; what they print is on stderr and in hooks.log. */
export async function runPhase(cache: Cache, instance: Instance, moment: Moment): Promise<void> {
  await runFor(cache, instance, {moment, run: runHooks});
}

/** How many things may run in an instance at once: what its source or a probe says, and then its hooks. */
export async function askConcurrency(
  cache: Cache,
  instance: Instance,
  concurrency: number,
): Promise<number> {
  const moment = {phase: 'concurrency', concurrency} as const;
  const run = (hooks: HookRun): Promise<number> => askHooks(hooks, concurrency);
  return (await runFor(cache, instance, {moment, run})) ?? concurrency;
}

/** Whether an instance has hooks of a phase. Most have none, and pay with this look. */
export function hasHooks(instance: Instance, phase: Phase): boolean {
  const directory = hookDirectory(instance);
  return directory !== undefined && phaseHasHooks(directory, phase);
}

/** Runs an instance's hooks of a phase, if it has some; where one fails, what they printed is kept. */
async function runFor<Value>(
  cache: Cache,
  instance: Instance,
  {moment, run}: {moment: Moment; run: (hooks: HookRun) => Promise<Value>},
): Promise<Value | undefined> {
  if (!hasHooks(instance, moment.phase)) return undefined;
  const hooks = hookRun(cache, instance, moment);
  try {
    const value = await run(hooks);
    if (moment.phase === 'discard') keepLog(instance.source.state.directory, instance, hooks.log);
    return value;
  } catch (error) {
    if (!(error instanceof CrcacheError && error.kind === 'hook')) throw error;
    const kept = keepLog(instance.source.state.directory, instance, hooks.log);
    throw new CrcacheError('hook', error.message, error.hint ?? `its output is in ${kept}`);
  } finally {
    if (moment.command !== undefined) removeFile(hooks.log);
  }
}

/** All that a run of an instance's hooks needs. */
export function hookRun(cache: Cache, instance: Instance, moment: Moment): HookRun {
  const {facts, name} = instance;
  const directory = hookDirectory(instance) ?? '';
  return {
    phase: moment.phase,
    directory,
    words: [name, ...(moment.command?.words ?? [])],
    instance: name,
    env: hookEnvironment(cache, instance, moment),
    cwd: homeOfHooks(instance) ?? directory,
    // Commands may run side by side, and each of their hooks' output is to be told from the others'.
    log: `${facts.directory}/${moment.command === undefined ? 'hooks.log' : `running/${newNonce()}.hooks`}`,
    // By its name gc knows whose hooks these are, where no transition says that.
    workersDirectory: `${facts.directory}/workers/${formatWorker(cache.around.workshop.newWorker())}`,
    timeoutMs: facts.settings['hook-timeout'],
    abort: moment.abort,
    listen: cache.listen,
    warn: cache.say,
  };
}

/** The directory of source.conf, as long as it is there: hooks may have files of their own beside them. */
export function homeOfHooks({source}: Instance): string | undefined {
  const directory = source.isUnconfigured ? undefined : source.definition.place?.directory;
  return directory !== undefined && exists(directory) ? directory : undefined;
}

function hookEnvironment(
  cache: Cache,
  instance: Instance,
  {phase, lease, command, concurrency}: Moment,
): Readonly<Record<string, string | undefined>> {
  const {caller, store} = cache;
  const {facts, name, source} = instance;
  const program = caller.program.at(-1) ?? '';
  const launcher = program.slice(0, Math.max(0, program.lastIndexOf('/'))) + '/../cmd';
  return {
    ...withoutRunWishes(caller.env),
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
    // Who ends all that runs in the instance finds them by this.
    CRCACHE_INCARNATION: command && facts.incarnation,
    CRCACHE_STATUS: numberOf(command?.status),
    CRCACHE_CONCURRENCY: numberOf(concurrency),
    // What a hook itself runs has no hooks around it.
    ...inside(cache, instance, 'plain'),
  };
}

/** What is said to the run script of a command is not meant for those of its hooks. */
function withoutRunWishes(env: Cache['caller']['env']): Cache['caller']['env'] {
  return Object.fromEntries(Object.entries(env).filter(([key]) => !key.startsWith('CRCACHE_RUN_')));
}

function numberOf(value: number | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}

/** What hooks printed outlives their instance; the value is where. */
function keepLog(source: string, {name, facts}: Instance, log: string): string {
  const kept = `${source}/failed/${name}.${facts.incarnation}`;
  makeDirectory(`${source}/failed`);
  writeWhole(kept, readEnd(log, keptBytes).toString('utf8'));
  return kept;
}
