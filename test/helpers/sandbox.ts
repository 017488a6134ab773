// What a test gets: a directory of its own, an environment that points into it, and crcache to run there.

import type {ChildProcess} from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {findLeftOver} from './left-over.js';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {enter} from './ledger.js';
import {
  findProgram,
  hasGroup,
  killGroup,
  runProcess,
  type Result,
  type RunOptions,
} from './programs.js';
import {chooseSeed, randomFrom, type Random} from './random.js';

/** The top of the repository, from where this file is built to. */
export const repository = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');

/** A file system in memory, where the machine has one. */
const memory = '/dev/shm';

/** Thrown to leave a test that cannot run here. */
export class Skip extends Error {}

export class Sandbox {
  /** The test's own directory, and where its programs run. */
  readonly dir: string;
  /** The environment of its programs; a test may change it. */
  readonly env: Record<string, string | undefined>;
  readonly #cleanups: (() => unknown)[] = [];
  #random: Random | undefined;

  /** `inMemory`: where nothing is flushed to a disk. That takes longer, and is lost no less when a process is killed. */
  constructor({inMemory = false} = {}) {
    const top = inMemory && existsSync(memory) ? memory : tmpdir();
    this.dir = realpathSync(mkdtempSync(path.join(top, 'crcache-test-')));
    this.env = cleanEnvironment(this.dir);
  }

  /** Runs the launcher, as a user's shell would. */
  crcache(words: readonly string[], options: RunOptions = {}): Promise<Result> {
    return this.run(path.join(repository, 'cmd/crcache'), words, options);
  }

  /** Runs another program to its end; what is left of it after the test is killed. */
  async run(program: string, words: readonly string[], options: RunOptions = {}): Promise<Result> {
    let child: ChildProcess | undefined;
    this.atEnd(() => {
      if (child !== undefined) killGroup(child);
    });
    const onStart = (started: ChildProcess): void => {
      child = started;
      started.once('exit', () => {
        if (!hasGroup(started)) child = undefined;
      });
      options.onStart?.(started);
    };
    return runProcess(program, words, {cwd: this.dir, env: this.env, ...options, onStart});
  }

  /** Writes a file of the sandbox, and the directories above it; the value is its whole path. */
  write(file: string, text: string, mode = 0o600): string {
    const whole = path.join(this.dir, file);
    mkdirSync(path.dirname(whole), {recursive: true});
    writeFileSync(whole, text);
    chmodSync(whole, mode);
    return whole;
  }

  /** Tells figures of the test, which are shown also when all is well. */
  note(line: string): void {
    enter({kind: 'noted', line});
  }

  skip(reason: string): never {
    throw new Skip(reason);
  }

  /** Skips the test where a program is missing; with CRCACHE_TEST_ALL=1 that fails it. */
  needs(...programs: readonly string[]): void {
    const missing = programs.filter((program) => findProgram(program) === undefined);
    if (missing.length === 0) return;
    const reason = `needs ${missing.map((program) => `'${program}'`).join(', ')} on the PATH`;
    if (process.env['CRCACHE_TEST_ALL'] === '1') throw new Error(`${reason} (CRCACHE_TEST_ALL=1)`);
    this.skip(reason);
  }

  /** Does this when the test is over; what was asked for last is done first. */
  atEnd(cleanup: () => unknown): void {
    this.#cleanups.push(cleanup);
  }

  /** Chance that CRCACHE_TEST_SEED repeats. */
  get random(): Random {
    this.#random ??= randomFrom(chooseSeed(process.env['CRCACHE_TEST_SEED']));
    return this.#random;
  }

  /** How to repeat the test's chance, where it used any. */
  get seed(): string | undefined {
    return this.#random && `CRCACHE_TEST_SEED=${String(this.#random.seed)} repeats it`;
  }

  /** Does all cleanups, then throws what the first failing one threw. */
  async end(): Promise<void> {
    const errors: unknown[] = [];
    for (const cleanup of this.#cleanups.splice(0).reverse()) {
      try {
        await cleanup();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }

  /** Removes the directory, once what still works in the background there has ended. */
  async remove(): Promise<void> {
    await findLeftOver(`HOME=${path.join(this.dir, 'home')}`);
    rmSync(this.dir, {recursive: true, force: true, maxRetries: 3});
  }
}

function cleanEnvironment(dir: string): Record<string, string | undefined> {
  const env = {
    HOME: path.join(dir, 'home'),
    XDG_CONFIG_HOME: path.join(dir, 'home/.config'),
    XDG_CACHE_HOME: path.join(dir, 'home/.cache'),
    XDG_DATA_HOME: path.join(dir, 'home/.local/share'),
    XDG_STATE_HOME: path.join(dir, 'home/.local/state'),
    XDG_RUNTIME_DIR: path.join(dir, 'runtime'),
    TMPDIR: path.join(dir, 'tmp'),
    CRCACHE_DIR: path.join(dir, 'state'),
    CRCACHE_CONFIG: path.join(dir, 'config'),
    PATH: `${path.join(repository, 'cmd')}:${process.env['PATH'] ?? '/usr/bin:/bin'}`,
    LANG: 'C.UTF-8',
    TZ: 'UTC',
  };
  for (const made of [env.HOME, env.XDG_RUNTIME_DIR, env.TMPDIR, env.CRCACHE_CONFIG]) {
    mkdirSync(made, {mode: 0o700});
  }
  return {...env, CRCACHE_TEST_RUN: process.env['CRCACHE_TEST_RUN']};
}
