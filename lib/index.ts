// The library, for programs that are written in JavaScript or TypeScript: instances,
//
//   const cache = openCache();
//   await using instance = await cache.acquire('pool');
//   const {status, stdout} = await instance.run(['uname', '-s']);
//
// streams for tests,
//
//   const streams = await openStreams({file: 'lab.yaml'});
//   await streams[1].run(shell(`ping -c 1 ${await streams[2].host}`), {wait: true});
//   assert.ok(streams[1].success);
//   await streams.close();
//
// and the commands as data: their table, the parser of their words, and what draws tables.

import {resolve} from 'node:path';
import {commands} from '../cmd/table.js';
import type {Command} from './cli/command.js';
import {findCommand, unknownCommand} from './cli/find-command.js';
import {parseArguments, parseInvocation, type Arguments} from './cli/parse.js';
import type {Cache} from './operation/cache.js';
import {Lender} from './operation/lender.js';
import {openCache as openFully} from './operation/open.js';
import {StreamTable} from './operation/stream/streams.js';
import type {Stream, StreamSet} from './operation/stream/stream.js';
import {openSession} from './operation/stream/with-streams.js';
import {Types} from './source/registry.js';
import type {SourceType} from './source/source.js';
import {noStep} from './steps.js';
import type {Change} from './store/source-state.js';
import {thisProcess} from './this-process.js';
import {noTrace} from './trace.js';

export {argv, nodeScript, python, pythonModule, script, shell} from './operation/stream/code.js';
export type {BlockOptions, CodeBlock, CommandBlock} from './operation/stream/code.js';
export type {RunOptions, Sent} from './operation/stream/stream.js';
export type {Stream, StreamSet};
export {CrcacheError} from './errors.js';
export {commands};
export type {Arguments, Command};
export type {CacheEvents, Running} from './operation/events.js';
export type {LendOptions, Lender, LentInstances, SourceStatus} from './operation/lender.js';
export type {CommandResult, InstanceRunOptions, LentInstance} from './operation/lent-instance.js';
export type {Change};
export type {SourceType};
export {renderStatus, type StatusRow} from './output/status.js';
export {renderTable, type Column} from './output/table.js';

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

export interface CacheOptions {
  /** Variables in place of this process's: HOME, CRCACHE_DIR, CRCACHE_CONFIG and PATH among them. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Gets messages; nobody does unless given. */
  readonly say?: (line: string) => void;
}

/** Opens the cache that `crcache` uses too; what is acquired comes back when it is released, or with this process. */
export function openCache({env, say = () => undefined}: CacheOptions = {}): Lender {
  const {env: inherited, cwd} = thisProcess();
  const own = env ?? inherited;
  return new Lender((onChange, lease) =>
    openHere({...own, ...(lease && {CRCACHE_LEASE: lease})}, say, {onChange, cwd}),
  );
}

/** A command line's words, as the program takes them: which command they mean, and what they say to it. */
export function parse(argv: readonly string[]): {command: Command; args: Arguments} {
  const {word, before, rest} = parseInvocation(argv);
  const command = findCommand(commands, word ?? 'help');
  if (command === undefined) throw unknownCommand(commands, word ?? '');
  return {command, args: parseArguments(command, rest, before)};
}

/** A type of sources; undefined where there is none of this name. */
export function findType(name: string): SourceType | undefined {
  return new Types(thisProcess().env).find(name);
}

function openHere(
  env: Readonly<Record<string, string | undefined>>,
  say: (line: string) => void,
  more: {readonly onChange?: (change: Change) => void; readonly cwd?: string} = {},
): Cache {
  const facts = {...thisProcess(), env, program, now: () => new Date(), ...quiet, ...more};
  return openFully(facts, say);
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
