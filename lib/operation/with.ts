// with: instances for as long as a command runs.
//
// Whatever happens to the command or to this process, the instances go back. The lease is for this process, and a
// watcher that outlives it does what is due; where that is killed too, the next command does it.

import {beRunnable} from '../source/run-script.js';
import {CrcacheError} from '../errors.js';
import {acquire} from './acquire.js';
import {startHeir} from './again.js';
import type {Block} from './block/parts.js';
import type {Acquired, AcquireRequest, Cache, HeldRelease} from './cache.js';
import {failWith} from './fail-with.js';
import {inParallel} from './in-parallel.js';
import {releaseHeld} from './release.js';
import {outliveProcess} from './renew.js';
import {planRun, type RunStart} from './run.js';
import {supervise, type Supervision} from './supervise.js';

export interface WithRequest {
  readonly acquire: AcquireRequest;
  readonly command: readonly string[];
  /** Code that is run in the only instance; the command is its arguments. */
  readonly block?: Block | undefined;
  /** Run it on this machine, even where there is only one instance. */
  readonly isHere: boolean;
  /** Keep the instances when the command failed, and call this. */
  readonly onKept: ((names: readonly string[]) => void) | undefined;
}

/** Runs a command with instances that are its own until it ends; the value is its exit status, 128+n for a signal. */
export async function withInstances(
  cache: Cache,
  request: WithRequest,
  supervision: Supervision,
): Promise<number> {
  await checkRequest(cache, request);
  const watcher = await startHeir(cache, request.acquire.source);
  try {
    const forPid = cache.around.workshop.self.pid;
    const acquired = await acquire(cache, {...request.acquire, forPid});
    acquired.confirm();
    // Before the command starts and after it has ended, a signal ends this process, and the watcher does the rest.
    const {status} = await supervise(await startOf(cache, request, acquired), supervision);
    const failures: CrcacheError[] = [];
    await giveBackAfter(
      cache,
      acquired,
      // What failed first is the command, and its status is told.
      status === 0 ? {onFailure: (error) => failures.push(error)} : {onKept: request.onKept},
    );
    failWith(cache, failures);
    return status;
  } finally {
    await watcher.dismiss();
  }
}

/** What cannot be run is told before anything is acquired for it. */
async function checkRequest(
  cache: Cache,
  {block, command, isHere, acquire: {count}}: WithRequest,
): Promise<void> {
  if (block === undefined) return;
  if (isHere || count > 1) {
    throw new CrcacheError('usage', 'code is run in one instance, and not with --here or --count');
  }
  const {checkBlock} = await import('./block/block.js');
  await checkBlock(cache, {block, words: command});
}

/** It runs in the only instance, or on this machine with the names of all in the environment. */
async function startOf(
  cache: Cache,
  {block, ...request}: WithRequest,
  {names, lease}: Acquired,
): Promise<RunStart> {
  const {env, cwd} = cache.caller;
  const {state} = cache.source(request.acquire.source);
  const directories = names.map((name) => state.instancePath(name));
  const [directory = '', ...others] = directories;
  if (block !== undefined) {
    const instance = names[0] ?? '';
    const words = request.command;
    const {withBlock} = await import('./block/block.js');
    return planRun(cache, await withBlock(cache, {instance, words, block, isAtTerminal: false}));
  }
  if (others.length === 0 && !request.isHere) {
    return {program: `${directory}/run`, words: request.command, env, cwd, directory};
  }
  return {
    program: 'sh',
    words: ['-c', notingItself, 'sh', ...directories, '--', ...request.command],
    env: {...env, CRCACHE_INSTANCES: names.join(' '), CRCACHE_LEASE: lease},
    cwd,
    directory,
  };
}

/** Notes the command in each instance, as their run scripts do: who releases them ends it first. */
const notingItself = `read -r stat </proc/$$/stat || exit 125
while [ "$1" != -- ]; do
  echo "$stat" >"$1/running/$$" || exit 125
  shift
done
shift
${beRunnable()}
exec "$@"`;

/** Releases the instances, or keeps them beyond this process's end. */
async function giveBackAfter(
  cache: Cache,
  {names, lease}: Acquired,
  {onKept, onFailure}: Partial<Pick<WithRequest, 'onKept'>> & Pick<HeldRelease, 'onFailure'>,
): Promise<void> {
  if (onKept !== undefined) {
    for (const name of names) await outliveProcess(cache, name, lease);
    onKept(names);
    return;
  }
  const isRightLease = ({id}: {id: string}): boolean => id === lease;
  await inParallel(names, 8, async (name) => {
    const why = 'the command it was for has ended';
    await releaseHeld(cache, {name, isRightLease, why, onFailure});
  });
}
