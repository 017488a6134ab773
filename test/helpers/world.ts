// A state directory with sources of sim on it, and those who work on it: this process, and processes of their own.

import {mkdirSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {userInfo} from 'node:os';
import {commands} from '../../cmd/table.js';
import {reportOf} from '../../lib/cli/exit-status.js';
import {runProgram} from '../../lib/cli/program.js';
import {noStep, type Step} from '../../lib/steps.js';
import type {Captured} from './captured.js';
import {contextFrom} from './context.js';
import {findWrongs} from './invariants.js';
import {findLeftOver} from './left-over.js';
import type {Result} from './programs.js';
import type {Sandbox} from './sandbox.js';

export type Settings = Readonly<Record<string, string | number>>;

/** Where a world stands: a test's sandbox, as a rule. */
export type Ground = Pick<Sandbox, 'dir' | 'env' | 'crcache'>;

/** As whom a command runs in the test's process. */
export interface Actor {
  readonly step?: Step;
  readonly pid?: number | undefined;
}

export class World {
  readonly t: Ground;
  readonly root: string;
  readonly state: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly #sources = new Map<string, Settings>();
  /** How far the clock is ahead for commands that run in this process. */
  aheadMs = 0;

  /** `root`: where it is, for tests with several of them. */
  constructor(t: Ground, sources: Readonly<Record<string, Settings>>, root = t.dir) {
    this.t = t;
    this.root = root;
    this.state = `${root}/state`;
    this.env = {...t.env, CRCACHE_DIR: this.state, CRCACHE_CONFIG: `${root}/config`};
    for (const [name, settings] of Object.entries(sources)) this.configure(name, settings);
  }

  /** Writes a source's configuration; what is given is added to what it had. */
  configure(name: string, settings: Settings): void {
    const all = {...this.#sources.get(name), ...settings};
    this.#sources.set(name, all);
    const lines = Object.entries(all).map(([key, value]) => `${key}=${String(value)}`);
    const directory = `${this.root}/config/sources/${name}`;
    mkdirSync(directory, {recursive: true});
    const file = `${directory}/source.conf`;
    writeFileSync(`${file}.${String(process.pid)}`, `[DEFAULT]\n${lines.join('\n')}\n`);
    renameSync(`${file}.${String(process.pid)}`, file);
  }

  /** Runs a command in this process, or in the name of another one, without a gc in the background. */
  async here(
    words: readonly string[],
    {step = noStep, pid = process.pid}: Actor = {},
  ): Promise<Captured> {
    const context = contextFrom({
      ...{env: this.env, commands, step, pid},
      cwd: this.t.dir,
      home: this.env['HOME'],
      user: () => userInfo().username,
      uid: process.getuid?.() ?? 0,
      program: ['true'],
      commandLine: words.join(' '),
      now: () => new Date(Date.now() + this.aheadMs),
    });
    const captured = (status: number, more = ''): Captured => {
      return {status, stdout: context.written(), stderr: context.said() + more};
    };
    try {
      return captured(await runProgram(context, words));
    } catch (error) {
      const {status, lines} = reportOf(error);
      return captured(status, lines.map((line) => `${line}\n`).join(''));
    }
  }

  /** Runs a command in this process, which must succeed; the lines that it prints. */
  async must(...words: readonly string[]): Promise<string[]> {
    const {status, stdout, stderr} = await this.here(words);
    if (status !== 0) {
      throw new Error(`crcache ${words.join(' ')}: status ${String(status)}: ${stderr}`);
    }
    return linesOf(stdout);
  }

  /** Runs a command in a process of its own. */
  run(words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Result> {
    return this.t.crcache(words, {env: {...this.env, ...env}});
  }

  /** Ends what still runs in the background. */
  async settle(): Promise<void> {
    const left = await findLeftOver(`CRCACHE_DIR=${this.state}`);
    if (left.length === 0) return;
    const commandLines = left.map(({pid, command}) => `${String(pid)} ${command}`);
    throw new Error(`still running: ${commandLines.join('; ')}`);
  }

  /** What is not as it must be when nobody is at work and gc has run. */
  wrongs(): string[] {
    return findWrongs(this.state, this.#sources);
  }

  /** Forgets the state, and the instances of the backend. */
  clear(): void {
    rmSync(this.state, {recursive: true, force: true});
    rmSync(`${this.root}/crcache-sim`, {recursive: true, force: true});
  }
}

export function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
