// An instance as a program that embeds crcache holds it: commands, copies, and back.

import {CrcacheError} from '../errors.js';
import {copyFiles} from './copy/copy.js';
import type {Cache} from './cache.js';
import type {Tell} from './events.js';
import {releaseHeld} from './release.js';
import {planRun} from './run.js';
import {askSupervised} from './supervise.js';

export interface InstanceRunOptions {
  /** Variables of the command. */
  readonly env?: Readonly<Record<string, string>>;
  /** The directory of the instance in which it runs. */
  readonly cwd?: string;
  readonly user?: string;
  /** What it reads; nothing unless given. */
  readonly input?: string;
  /** Ends it when it is aborted, as AbortSignal.timeout(ms) is. */
  readonly signal?: AbortSignal;
}

/** What came of a command; one that fails is no error. */
export interface CommandResult {
  /** Its exit status; 128+n for a signal, 125 for a failure of crcache's own. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface LentParts {
  readonly name: string;
  readonly lease: string;
  readonly afterwards: () => Promise<void>;
  readonly tell: Tell;
}

export class LentInstance implements AsyncDisposable {
  readonly name: string;
  /** The lease that it is held by. */
  readonly lease: string;
  readonly #cache: Cache;
  readonly #afterwards: () => Promise<void>;
  readonly #tell: Tell;
  #release: Promise<void> | undefined;

  constructor(cache: Cache, {name, lease, afterwards, tell}: LentParts) {
    this.#cache = cache;
    this.name = name;
    this.lease = lease;
    this.#afterwards = afterwards;
    this.#tell = tell;
  }

  /** Runs a command: its words, or a line for the shell. */
  async run(
    command: string | readonly [string, ...string[]],
    {env = {}, cwd, user, input, signal}: InstanceRunOptions = {},
  ): Promise<CommandResult> {
    if (command.length === 0) throw new CrcacheError('usage', 'there is no command to run');
    if ([command, Object.values(env), cwd ?? ''].flat(2).some((word) => word.includes('\0')))
      throw new CrcacheError('usage', 'there is a NUL in what is to be run');
    const {program, words, ...options} = planRun(this.#cache, {
      instance: this.name,
      words: typeof command === 'string' ? [] : command,
      line: typeof command === 'string' ? command : undefined,
      settings: Object.entries(env).map(([key, value]) => `${key}=${value}`),
      directory: cwd,
      user,
      isAtTerminal: false,
    });
    const running = {instance: this.name, command};
    this.#tell('start', running);
    let status = 125; // of what fails before there is one
    try {
      const result = await askSupervised(
        {program, words, ...options},
        {input, graceMs: 10_000, abort: signal},
      );
      ({status} = result);
      return result;
    } finally {
      this.#tell('end', {...running, status});
    }
  }

  /** Copies a file or directory of this machine to a path of the instance. */
  async copyIn(local: string, path: string): Promise<void> {
    await copyFiles(this.#cache, {
      sources: [{kind: 'here', path: local}],
      destination: {kind: 'instance', instance: this.name, path},
      ...manner,
    });
  }

  async copyOut(path: string, local: string): Promise<void> {
    await copyFiles(this.#cache, {
      sources: [{kind: 'instance', instance: this.name, path}],
      destination: {kind: 'here', path: local},
      ...manner,
    });
  }

  /** Ends what runs in it, and gives it back; once is enough, and more does nothing. */
  release(): Promise<void> {
    this.#release ??= this.#giveBack();
    return this.#release;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }

  async #giveBack(): Promise<void> {
    const isRightLease = ({id}: {id: string}): boolean => id === this.lease;
    await releaseHeld(this.#cache, {name: this.name, isRightLease, why: 'released by its program'});
    await this.#afterwards();
  }
}

const manner = {preserves: false, follows: false, excludes: []};
