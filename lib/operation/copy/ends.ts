// The programs at the two ends of a copy: on this machine a sh, in an instance a sh by its run script.

import type {Manner} from '../../copy/manner.js';
import {receiveCommand} from '../../copy/receive-script.js';
import {sendCommand} from '../../copy/send-script.js';
import {startPiped, type Pipe, type Piped} from '../../pipes.js';
import type {Cache} from '../cache.js';
import {planRun} from '../run.js';
import type {From, To} from './transfer.js';

interface SenderOptions {
  readonly manner: Manner;
  /** A file of this machine that ends the stream. */
  readonly marker?: string;
  readonly stdout: number;
  readonly stderr: Pipe;
}

export function startSender(
  cache: Cache,
  from: Exclude<From, {kind: 'stream'}>,
  {manner, marker, stdout, stderr}: SenderOptions,
): Promise<Piped> {
  const paths = from.paths.map((path) => (path.startsWith('-') ? `./${path}` : path));
  const words = sendCommand(paths, manner, marker === undefined ? {} : {marker});
  return startAt(cache, from, {words, streams: {stdout, stderr}});
}

interface ReceiverOptions {
  readonly manner: Manner;
  readonly stdin: number;
  readonly stderr: Pipe;
}

export function startReceiver(
  cache: Cache,
  to: To,
  {manner, stdin, stderr}: ReceiverOptions,
): Promise<Piped> {
  return startAt(cache, to, {words: receiveCommand(to, manner), streams: {stdin, stderr}});
}

interface Streams {
  readonly stdin?: number;
  readonly stdout?: number;
  readonly stderr: Pipe;
}

function startAt(
  cache: Cache,
  side: {readonly kind: string; readonly instance?: string},
  {words, streams}: {words: readonly string[]; streams: Streams},
): Promise<Piped> {
  const {env, cwd} = cache.caller;
  if (side.instance === undefined) return startPiped(['sh', ...words], {env, cwd, ...streams});
  const start = planRun(cache, {
    instance: side.instance,
    words: ['sh', ...words],
    terminal: 'off',
    isPlain: true,
    isAtTerminal: false,
  });
  const {program, words: all, env: inner, cwd: directory} = start;
  return startPiped([program, ...all], {env: inner, cwd: directory, ...streams});
}
