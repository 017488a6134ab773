// The cache as a program that embeds it has it: instances for as long as the program wants them, or lives.

import {CrcacheError} from '../errors.js';
import {acquire} from './acquire.js';
import {startHeir} from './again.js';
import type {AcquireRequest, Cache} from './cache.js';
import {startCollecting} from './due.js';
import {Events} from './events.js';
import {parseRequested} from './import/plan.js';
import {LentInstance} from './lent-instance.js';
import {parseWishes} from './needs.js';
import {instancesByState, sourceFields} from './source-fields.js';
import {viewAll, viewNamed} from './view-source.js';
import {longestMs} from '../units.js';
import {toObject, type Value} from '../output/value.js';
import type {Change} from '../store/source-state.js';

export interface LendOptions {
  /** How long to wait for one's turn; Infinity: for ever; not at all unless given. */
  readonly waitMs?: number;
  /** Ends the waiting, which fails with its reason. */
  readonly signal?: AbortSignal;
  /** Told once, when the waiting begins, why. */
  readonly onWait?: (why: string) => void;
  /** The lease ends after this time; it always ends with this process. */
  readonly ttlMs?: number;
  /** Labels KEY=VALUE that the instances are to have. */
  readonly labels?: readonly string[];
  /** What the instances are to be able to do, in the words of acquire --need. */
  readonly needs?: readonly string[];
  /** Directories to import, as acquire --import takes them. */
  readonly imports?: readonly string[];
}

/** Several instances, which are given back together. */
export type LentInstances = readonly LentInstance[] & AsyncDisposable;

/** A source and its instances, by the keys of `crcache status --json`. */
export type SourceStatus = Readonly<
  Record<Exclude<keyof typeof sourceFields, NumberKey | TextKey>, Value> &
    Record<NumberKey, number> &
    Record<TextKey, string> & {instances: Readonly<Record<string, readonly string[]>>}
>;
type NumberKey = 'cached' | 'in-use' | 'count' | 'min' | 'waiting';
type TextKey = 'name' | 'type' | 'directory';

/** Opens the cache; with a lease, for who is inside of it and may touch no other's instances. */
export type Open = (onChange: (change: Change) => void, lease?: string) => Cache;

export class Lender extends Events {
  readonly #cache: Cache;
  readonly #open: Open;
  readonly #onChange = (change: Change): void => {
    this.tell('change', change);
  };

  constructor(open: Open) {
    super();
    this.#open = open;
    this.#cache = open(this.#onChange);
  }

  /** An instance of a source; one that cannot be had is an error of the kind 'exhausted'. */
  async acquire(source: string, options: LendOptions = {}): Promise<LentInstance> {
    const [instance] = await this.acquireAll(source, 1, options);
    if (instance === undefined) throw new Error('unreachable');
    return instance;
  }

  /** So many instances of a source, or none. */
  async acquireAll(
    source: string,
    count: number,
    options: LendOptions = {},
  ): Promise<LentInstances> {
    const cache = this.#cache;
    const request = this.#request(source, count, options);
    options.signal?.throwIfAborted();
    const watcher = await startHeir(cache, source);
    const acquired = await acquire(cache, request).catch(async (error: unknown) => {
      await watcher.dismiss();
      throw error;
    });
    acquired.confirm();
    const {lease, names} = acquired;
    let held = names.length;
    const afterwards = async (): Promise<void> => {
      if (--held > 0) return;
      await watcher.dismiss();
      await startCollecting(cache, cache.source(source));
    };
    const own = this.#open(this.#onChange, lease);
    const {tell} = this;
    const instances = names.map((name) => new LentInstance(own, {name, lease, afterwards, tell}));
    return Object.assign(instances, {
      [Symbol.asyncDispose]: async () => {
        await allDone(instances.map((each) => each.release()));
      },
    });
  }

  /** All sources, or those that are named, and what their instances are doing. */
  status(...names: readonly string[]): SourceStatus[] {
    const cache = this.#cache;
    const views = names.length === 0 ? viewAll(cache) : viewNamed(cache, names);
    return views.map((view) => {
      const fields = toObject(sourceFields, {cache, view});
      return {...fields, instances: instancesByState(view)} as unknown as SourceStatus;
    });
  }

  #request(
    source: string,
    count: number,
    {labels = [], needs = [], imports = [], signal, ...options}: LendOptions,
  ): AcquireRequest {
    checkNumbers(count, options);
    const onWait = (why: string): void => {
      this.tell('wait', {source, why});
      options.onWait?.(why);
    };
    const forPid = this.#cache.around.workshop.self.pid;
    const wanted = {wishes: parseWishes(labels, needs), imports: parseRequested(imports)};
    return {source, count, forPid, ...wanted, ...options, abort: signal, onWait};
  }
}

/** What the types do not say of numbers. */
function checkNumbers(count: number, {waitMs = 0, ttlMs = 1}: LendOptions): void {
  const wrong = (name: string, wanted: string, value: number): CrcacheError =>
    new CrcacheError('usage', `${name} is ${wanted}, not ${String(value)}`);
  if (!Number.isInteger(count) || count < 1)
    throw wrong('count', 'a whole number of at least 1', count);
  if (!(waitMs >= 0)) throw wrong('waitMs', 'a number of at least 0', waitMs);
  if (!(ttlMs > 0 && ttlMs <= longestMs))
    throw wrong('ttlMs', `a number above 0, at most ${String(longestMs)}`, ttlMs);
}

/** Waits for all of them, and fails with the first that did. */
async function allDone(works: readonly Promise<void>[]): Promise<void> {
  await Promise.allSettled(works);
  await Promise.all(works);
}
