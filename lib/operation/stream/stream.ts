// A stream, and several, as a test has them: what runs there, and what came of it.

import {CrcacheError} from '../../errors.js';
import {bringIn, bringText} from '../block/bring-in.js';
import type {Cache} from '../cache.js';
import {hostOf} from '../instance-host.js';
import {sourceNameOf} from '../../instance.js';
import {killJobs} from '../job/kill-job.js';
import {acquireStream} from './acquire-stream.js';
import type {CodeBlock, CommandBlock} from './code.js';
import {graceMs, runBlock, startCommands, type Run} from './runs.js';
import type {Session} from './session.js';

export interface RunOptions {
  /** Ends when the block has. */
  readonly wait?: boolean;
  /** Begins in all streams at once, when all of them are there. */
  readonly synchronized?: boolean;
}

/** What is given to send: a file or directory of this machine, or a text with a name. */
export type Sent = string | {readonly name: string; readonly content: string};

export class Stream {
  readonly name: string;
  readonly #cache: Cache;
  readonly #session: Session;
  readonly #runs: Run[] = [];

  constructor(cache: Cache, session: Session, name: string) {
    this.#cache = cache;
    this.#session = session;
    this.name = name;
  }

  /** The name of its instance, which is acquired when it is first asked for. */
  get instance(): Promise<string> {
    return acquireStream(this.#cache, this.#session, this.name);
  }

  /** The host that it is, by its name or address. */
  get host(): Promise<string | undefined> {
    return this.instance.then((name) => {
      const source = this.#cache.source(sourceNameOf(name));
      return hostOf(this.#cache, source, name);
    });
  }

  /** Whether something runs in it. */
  get active(): boolean {
    return this.#runs.some(({result}) => result === undefined);
  }

  /** Whether all that was run in it has ended well. */
  get success(): boolean {
    return this.#runs.every(({result}) => result?.success === true);
  }

  /** The outputs of all that has ended in it. */
  get output(): Readonly<Record<string, string>> {
    const merged: Record<string, string> = {};
    for (const [name, text] of this.#runs.flatMap(({result}) =>
      Object.entries(result?.output ?? {}),
    )) {
      if (Object.hasOwn(merged, name)) {
        throw new CrcacheError('failed', `stream ':${this.name}' has two outputs '${name}'`);
      }
      merged[name] = text;
    }
    return merged;
  }

  /** Runs a block of code; returns at once, unless the options say more. */
  run(block: CommandBlock | CodeBlock, options: RunOptions = {}): Promise<void> {
    return new StreamSet(this.#cache, [this]).run(block, options);
  }

  /** Waits until nothing runs in it any more. Whether all ended well is `success`; what could not be run is thrown. */
  async wait(): Promise<void> {
    await Promise.all(this.#runs.map(({end}) => end));
  }

  /** Ends all that runs in it. */
  async terminate(): Promise<void> {
    for (const {abort} of this.#runs) abort();
    const jobs = await Promise.allSettled(this.#runs.map(({job}) => job));
    const begun = jobs.flatMap((each) => (each.status === 'fulfilled' ? (each.value ?? []) : []));
    await killJobs(this.#cache, begun, {signal: undefined, graceMs});
    await Promise.allSettled(this.#runs.map(({end}) => end));
  }

  /** Copies into it; the value is the path there. */
  async send(what: Sent): Promise<string> {
    const target = {instance: await this.instance, user: undefined};
    if (typeof what === 'string') return bringIn(this.#cache, target, what);
    const {name, content} = what;
    if (/^\.{0,2}$|[/\0]/.test(name)) {
      throw new CrcacheError('usage', `'${name}' is no name of a file`);
    }
    return bringText(this.#cache, target, {name, text: content});
  }

  /** Takes note of what runs in it. */
  add(run: Run): void {
    this.#runs.push(run);
  }
}

export class StreamSet {
  readonly streams: readonly Stream[];
  readonly #cache: Cache;

  constructor(cache: Cache, streams: readonly Stream[]) {
    this.#cache = cache;
    this.streams = streams;
  }

  get active(): boolean {
    return this.streams.some(({active}) => active);
  }

  get success(): boolean {
    return this.streams.every(({success}) => success);
  }

  /** The outputs of each stream, by its name. */
  get output(): Readonly<Record<string, Readonly<Record<string, string>>>> {
    return Object.fromEntries(this.streams.map(({name, output}) => [name, output]));
  }

  /** Runs a block in each of them. */
  async run(block: CommandBlock | CodeBlock, options: RunOptions = {}): Promise<void> {
    const {wait = false, synchronized = false} = options;
    const runs =
      'words' in block
        ? startCommands(this.#cache, this.streams, {block, synchronized})
        : this.streams.map((stream) => runBlock(stream, block));
    this.streams.forEach((stream, index) => {
      const run = runs[index];
      if (run !== undefined) stream.add(run);
    });
    if (wait) await Promise.all(runs.map(({end}) => end));
  }

  async wait(): Promise<void> {
    await Promise.all(this.streams.map((stream) => stream.wait()));
  }

  async terminate(): Promise<void> {
    await Promise.all(this.streams.map((stream) => stream.terminate()));
  }
}
