// Processes that a test brings to a point, and what it can see of them from outside.

import {readFileSync} from 'node:fs';
import {setTimeout as pause} from 'node:timers/promises';
import type {Result} from './programs.js';
import {namesIn} from './invariants.js';
import type {World} from './world.js';

/** Waits until something is so, which is looked for again and again. */
export async function until(isSo: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`in vain waited until ${what}`);
    await pause(2);
  }
}

/** Waits until so many requests wait in the queue of a source. */
export function untilQueued(
  world: Pick<World, 'state'>,
  source: string,
  count: number,
): Promise<void> {
  const waiting = (): number =>
    namesIn(`${world.state}/sources/${source}/queue`).filter((name) =>
      /^[0-9]+\.(waits|parked)@/.test(name),
    ).length;
  return until(() => waiting() >= count, `${String(count)} wait for '${source}'`);
}

interface Caller {
  readonly t: Pick<World['t'], 'crcache'>;
  readonly env: World['env'];
}

/** A crcache that stops itself at a step. */
export class Held {
  readonly result: Promise<Result>;
  #pid = 0;
  #hasEnded = false;

  constructor(world: Caller, words: readonly string[], stopAt: string) {
    this.result = world.t
      .crcache(words, {
        env: {...world.env, CRCACHE_STOP_AT: `stop:${stopAt}`},
        onStart: ({pid}) => (this.#pid = pid ?? 0),
      })
      .finally(() => (this.#hasEnded = true));
  }

  get pid(): number {
    return this.#pid;
  }

  /** Waits until it has stopped itself. */
  async untilStopped(): Promise<this> {
    await until(() => this.#hasEnded || stateOf(this.#pid) === 'T', 'a process stops itself');
    if (!this.#hasEnded) return this;
    const {stderr} = await this.result;
    throw new Error(`it ended instead of stopping: ${stderr}`);
  }

  /** Lets it go on; its result. */
  goOn(): Promise<Result> {
    process.kill(this.#pid, 'SIGCONT');
    return this.result;
  }

  async kill(): Promise<void> {
    process.kill(this.#pid, 'SIGKILL');
    await this.result;
  }
}

/** The state of a process in one letter: T is stopped; empty is gone, or about to be fetched by its parent. */
export function stateOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    const [state = ''] = stat.slice(stat.lastIndexOf(')') + 2);
    return state === 'Z' ? '' : state;
  } catch {
    return '';
  }
}
