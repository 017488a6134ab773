// The programs at the two ends of a copy: on this machine a sh, in an instance a sh by its run script.

import type {Manner} from '../../copy/manner.js';
import {receiveCommand, type ReceiveManner} from '../../copy/receive-script.js';
import {sendCommand} from '../../copy/send-script.js';
import {runForBytes, startPiped, type BytesEnd, type Piped} from '../../piped.js';
import type {Pipe} from '../../pipes.js';
import {noteIn} from '../../tools.js';
import type {Cache} from '../cache.js';
import {planRunIn, type RunStart} from '../run.js';
import {usableInstance, type Usable} from '../usable.js';
import {sweepSeen} from './seen.js';
import type {From, To} from './transfer.js';

interface SenderOptions {
  readonly manner: Manner;
  /** A file of this machine that ends the stream. */
  readonly marker?: string;
  /** A file that lists what alone is sent, open for reading. */
  readonly list?: number | undefined;
  readonly stdout: number;
  readonly stderr?: Pipe | undefined;
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
  return startAt(from, planSh(cache, from, words), {stdin: list, stdout, stderr});
}

interface ReceiverOptions {
  readonly manner: ReceiveManner;
  readonly stdin: number;
  readonly stdout?: number | undefined;
  readonly stderr?: Pipe | undefined;
}

export function startReceiver(
  cache: Cache,
  to: To,
  {manner, ...streams}: ReceiverOptions,
): Promise<Piped> {
  sweepSeen(cache, to);
  return startAt(to, planMaking(cache, to, receiveCommand(to, manner)), streams);
}

interface Streams {
  readonly stdin?: number | undefined;
  readonly stdout?: number | undefined;
  readonly stderr?: Pipe | undefined;
}

/** A side of a copy, with its instance at hand: it is looked for once, and before anything is started. */
export function atHand<Side extends From | To>(cache: Cache, side: Side): Side {
  if (!('instance' in side) || typeof side.instance !== 'string') return side;
  return {...side, instance: usableInstance(cache, side.instance)};
}

/** A place where a sh can be run: this machine unless it is in an instance. */
export interface End {
  readonly kind: string;
  /** A word, or an instance that is at hand. */
  readonly instance?: string | Usable;
  /** Whom its programs run as; the instance's own user unless given. */
  readonly user?: string | undefined;
  /** Where its programs note themselves, as parts of a transition: `noteIn` in lib/tools.ts. */
  readonly workers?: string;
}

async function startAt(end: End, start: Start, streams: Streams): Promise<Piped> {
  const {program, words, ...surroundings} = start;
  const {command, forget} = noteIn(end.workers, [program, ...words]);
  const piped = await startPiped(command, {
    ...surroundings,
    leadsGroup: end.workers !== undefined,
    ...streams,
  });
  return {end: piped.end.finally(forget)};
}

export interface Asking {
  readonly words: readonly string[];
  /** Files, open for this, that it reads and writes; what it prints elsewhere is in the answer. */
  readonly stdin?: number;
  readonly stdout?: number;
}

/** Runs a sh there to its end. */
export async function askSh(cache: Cache, end: End, {words, ...files}: Asking): Promise<BytesEnd> {
  const {program, words: all, ...surroundings} = planMaking(cache, end, words);
  const {command, forget} = noteIn(end.workers, [program, ...all]);
  const leadsGroup = end.workers !== undefined;
  return runForBytes(command, {...surroundings, leadsGroup, ...files}).finally(forget);
}

/** What it makes is made by the caller's umask, as by any command: our own is for the state directory. */
function planMaking(cache: Cache, end: End, words: readonly string[]): Start {
  return {...planSh(cache, end, words), umask: cache.caller.umask};
}

interface Start extends Omit<RunStart, 'directory'> {
  readonly umask?: number | undefined;
}

function planSh(cache: Cache, {instance, user}: End, words: readonly string[]): Start {
  const {env, cwd} = cache.caller;
  if (instance === undefined) return {program: 'sh', words, env, cwd};
  const usable = typeof instance === 'string' ? usableInstance(cache, instance) : instance;
  return planRunIn(cache, usable, {
    words: ['sh', ...words],
    user,
    terminal: 'off',
    isPlain: true,
    isAtTerminal: false,
  });
}
