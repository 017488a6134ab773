// The library: streams for tests that are written in JavaScript or TypeScript.
//
//   const streams = await openStreams({file: 'lab.yaml'});
//   await streams[1].run(shell(`ping -c 1 ${await streams[2].host}`), {wait: true});
//   assert.ok(streams[1].success);
//   await streams.close();

import {resolve} from 'node:path';
import type {Cache} from './operation/cache.js';
import {openCache} from './operation/open.js';
import {StreamTable} from './operation/stream/streams.js';
import type {Stream, StreamSet} from './operation/stream/stream.js';
import {openSession} from './operation/stream/with-streams.js';
import {Types} from './source/registry.js';
import type {SourceType} from './source/source.js';
import {noStep} from './steps.js';
import {thisProcess} from './this-process.js';
import {noTrace} from './trace.js';

export {argv, nodeScript, python, pythonModule, script, shell} from './operation/stream/code.js';
export type {BlockOptions, CodeBlock, CommandBlock} from './operation/stream/code.js';
export type {RunOptions, Sent} from './operation/stream/stream.js';
export type {Stream, StreamSet};

export interface OpenOptions {
  /** A file of YAML or JSON. */
  readonly file: string;
  /** The part of it that has the streams: 'path.to.part'. */
  readonly path?: string;
  /** There are no streams but those of the file. */
  readonly strict?: boolean;
  /** The source of streams that the file does not define. */
  readonly default?: string;
  /** Where what jobs write is kept when the streams end, in DIR/STREAM/N. */
  readonly outputs?: string;
  /** Gets messages; nobody does unless given. */
  readonly say?: (line: string) => void;
}

/** Streams by their numbers and words, and what can be done with all of them. */
export type Streams = Pick<StreamTable, 'range' | 'stream' | 'close' | 'environment'> &
  AsyncDisposable &
  Readonly<Record<number, Stream>>;

/** Opens streams, which end when they are closed, or with this process. */
export async function openStreams(options: OpenOptions): Promise<Streams> {
  const {file, path, strict = false, outputs, say = () => undefined} = options;
  const {env, cwd} = thisProcess();
  const session = await openSession(openHere(env, say), {
    file: path === undefined ? file : `${file}:${path}`,
    isStrict: strict,
    others: options.default,
    waitMs: undefined,
    outputs: outputs && resolve(cwd, outputs),
  });
  const inside = {...env, ...session.environment, CRCACHE_LEASE: undefined};
  return byName(await StreamTable.open(openHere(inside, say), session));
}

/** A type of sources; undefined where there is none of this name. */
export function findType(name: string): SourceType | undefined {
  return new Types(thisProcess().env).find(name);
}

function openHere(
  env: Readonly<Record<string, string | undefined>>,
  say: (line: string) => void,
): Cache {
  return openCache({...thisProcess(), env, program, now: () => new Date(), ...quiet}, say);
}

const quiet = {trace: noTrace, step: noStep};

/** The program, which is beside the library, and watches over the streams when this process cannot. */
const program: [string, string] = [thisProcess().interpreter, `${import.meta.dirname}/main.cjs`];

/** The table, with each stream under its name. */
function byName(table: StreamTable): Streams {
  const own = {
    range: table.range.bind(table),
    stream: table.stream.bind(table),
    close: table.close.bind(table),
    environment: table.environment,
    [Symbol.asyncDispose]: table.close.bind(table),
  };
  return new Proxy<Streams>(own, {
    get: (target, key): unknown => {
      if (key in target) return target[key as keyof typeof target];
      // Whoever awaits it asks for this.
      if (typeof key === 'symbol' || key === 'then') return undefined;
      return table.stream(key);
    },
  });
}
