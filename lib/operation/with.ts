// with: instances for as long as a command runs.
//
// Whatever happens to the command or to this process, the instances go back. The lease is for this process, and a
// watcher that outlives it does what is due; where that is killed too, the next command does it. While the command
// runs, signals are its business: they are handed on, and this process ends when it does.

import {runInForeground, startWatcher} from '../exec.js';
import {isAtTerminal, onSignals, sendSignal} from '../processes.js';
import {acquire} from './acquire.js';
import type {Acquired, AcquireRequest, Cache} from './cache.js';
import {inParallel} from './in-parallel.js';
import {releaseHeld} from './release.js';
import {outliveProcess} from './renew.js';

export interface WithRequest {
  readonly acquire: AcquireRequest;
  readonly command: readonly string[];
  /** Run it on this machine, even where there is only one instance. */
  readonly isHere: boolean;
  /** Keep the instances when the command failed, and call this. */
  readonly onKept: ((names: readonly string[]) => void) | undefined;
}

/** Runs a command with instances that are its own until it ends; the value is its exit status, 128+n for a signal. */
export async function withInstances(cache: Cache, request: WithRequest): Promise<number> {
  const {program, env, cwd} = cache.caller;
  const source = ['-s', request.acquire.source];
  const watcher = await startWatcher([...program, ...source, 'gc', '-q'], {env, cwd});
  try {
    const forPid = cache.around.workshop.self.pid;
    const acquired = await acquire(cache, {...request.acquire, forPid});
    acquired.confirm();
    const status = await runThere(cache, request, acquired);
    await giveBackAfter(cache, acquired, status === 0 ? undefined : request.onKept);
    return status;
  } finally {
    await watcher.dismiss();
  }
}

/** Runs it in the only instance, or on this machine with the names of all in the environment. */
async function runThere(cache: Cache, request: WithRequest, acquired: Acquired): Promise<number> {
  const {names, lease} = acquired;
  const {env, cwd} = cache.caller;
  const {state} = cache.source(request.acquire.source);
  const words = request.command;
  const directories = names.map((name) => state.instancePath(name));
  const signals = new HandedOn();
  const options = {env, cwd, onStart: signals.to};
  try {
    const [only, ...others] = directories;
    if (only !== undefined && others.length === 0 && !request.isHere) {
      return await runInForeground(`${only}/run`, words, options);
    }
    return await runInForeground('sh', ['-c', notingItself, 'sh', ...directories, '--', ...words], {
      ...options,
      env: {...env, CRCACHE_INSTANCES: names.join(' '), CRCACHE_LEASE: lease},
    });
  } finally {
    // From here on a signal ends this process, and the watcher does the rest: nobody has to wait for that.
    signals.stop();
  }
}

/** Notes the command in each instance, as their run scripts do: who releases them ends it first. */
const notingItself = `read -r stat </proc/$$/stat || exit 125
while [ "$1" != -- ]; do
  echo "$stat" >"$1/running/$$" || exit 125
  shift
done
shift
exec "$@"`;

/** Releases the instances, or keeps them beyond this process's end. */
async function giveBackAfter(
  cache: Cache,
  {names, lease}: Acquired,
  onKept: WithRequest['onKept'],
): Promise<void> {
  if (onKept !== undefined) {
    for (const name of names) await outliveProcess(cache, name, lease);
    onKept(names);
    return;
  }
  const isRightLease = ({id}: {id: string}): boolean => id === lease;
  await inParallel(names, 8, async (name) => {
    await releaseHeld(cache, {name, isRightLease, why: 'the command it was for has ended'});
  });
}

/** Signals that end a process and are not its own doing. */
const handedOn = ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;

/** Signals that this process gets, handed on to the command. One that comes before it does is kept for it. */
class HandedOn {
  readonly stop: () => void;
  #command: number | undefined;
  #early: NodeJS.Signals[] = [];

  constructor() {
    this.stop = onSignals(handedOn, (signal) => {
      // The keys of a terminal have reached the command already; some end at once on the second time.
      const isFromKeys = signal === 'SIGINT' || signal === 'SIGQUIT';
      if (this.#command === undefined) this.#early.push(signal);
      else if (!isFromKeys || !isAtTerminal()) sendSignal(this.#command, signal);
    });
  }

  readonly to = (command: number): void => {
    this.#command = command;
    for (const signal of this.#early.splice(0)) sendSignal(command, signal);
  };
}
