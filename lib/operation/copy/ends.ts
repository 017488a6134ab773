// The programs at the two ends of a copy: on this machine a sh, in an instance a sh by its run script.

import type {Manner} from '../../copy/manner.js';
import {receiveCommand, type ReceiveManner} from '../../copy/receive-script.js';
import {sendCommand} from '../../copy/send-script.js';
import {runForBytes, startPiped, type BytesEnd, type Pipe, type Piped} from '../../pipes.js';
import type {Cache} from '../cache.js';
import {planRun, type RunStart} from '../run.js';
import type {From, To} from './transfer.js';

interface SenderOptions {
  readonly manner: Manner;
  /** A file of this machine that ends the stream. */
  readonly marker?: string;
  /** A file that lists what alone is sent, open for reading. */
  readonly list?: number | undefined;
  readonly stdout: number;
  readonly stderr: Pipe;
}

export function startSender(
  cache: Cache,
  from: Exclude<From, {kind: 'stream'}>,
  {manner, marker, list, stdout, stderr}: SenderOptions,
): Promise<Piped> {
  const paths = from.paths.map((path) => (path.startsWith('-') ? `./${path}` : path));
  const words = sendCommand(paths, manner, {
    marker,
    isListed: list !== undefined,
  });
  return startAt(cache, from, {
    words,
    streams: {stdin: list, stdout, stderr},
  });
}

interface ReceiverOptions {
  readonly manner: ReceiveManner;
  readonly stdin: number;
  readonly stdout?: number;
  readonly stderr: Pipe;
}

export function startReceiver(
  cache: Cache,
  to: To,
  {manner, ...streams}: ReceiverOptions,
): Promise<Piped> {
  return startAt(cache, to, {words: receiveCommand(to, manner), streams});
}

interface Streams {
  readonly stdin?: number | undefined;
  readonly stdout?: number;
  readonly stderr: Pipe;
}

/** A place where a sh can be run: this machine unless it is in an instance. */
export interface End {
  readonly kind: string;
  readonly instance?: string;
}

async function startAt(
  cache: Cache,
  end: End,
  {words, streams}: {words: readonly string[]; streams: Streams},
): Promise<Piped> {
  const {program, words: all, env, cwd} = shAt(cache, end, words);
  return startPiped([program, ...all], {env, cwd, ...streams});
}

export interface Asking {
  readonly words: readonly string[];
  /** Files, open for this, that it reads and writes; what it prints elsewhere is in the answer. */
  readonly stdin?: number;
  readonly stdout?: number;
}

/** Runs a sh there to its end. */
export function askSh(cache: Cache, end: End, {words, ...files}: Asking): Promise<BytesEnd> {
  const {program, words: all, env, cwd} = shAt(cache, end, words);
  return runForBytes([program, ...all], {env, cwd, ...files});
}

function shAt(
  cache: Cache,
  {instance}: End,
  words: readonly string[],
): Omit<RunStart, 'directory'> {
  const {env, cwd} = cache.caller;
  if (instance === undefined) return {program: 'sh', words, env, cwd};
  return planRun(cache, {
    instance,
    words: ['sh', ...words],
    terminal: 'off',
    isPlain: true,
    isAtTerminal: false,
  });
}
