// One copy: a program at each end, and a stream of tar between them.

import type {ArchiveProblem} from '../../copy/entry.js';
import {ends, markerOf, type Manner} from '../../copy/manner.js';
import {writeWhole} from '../../files.js';
import {
  makePipes,
  makeScratch,
  openForReading,
  writeBytes,
  type Pipe,
  type Piped,
  type PipedEnd,
} from '../../pipes.js';
import type {Cache} from '../cache.js';
import {conclude} from './conclude.js';
import {startReceiver, startSender} from './ends.js';
import {Flow} from './flow.js';

/** Where files come from; a stream is our stdin. */
export type From =
  | {readonly kind: 'here'; readonly paths: readonly string[]}
  | {readonly kind: 'instance'; readonly instance: string; readonly paths: readonly string[]}
  | {readonly kind: 'stream'};

/** Where they go; a stream is our stdout. */
export interface To {
  readonly kind: 'here' | 'instance' | 'stream';
  readonly instance?: string;
  readonly path: string;
  readonly nonce: string;
  /** The one name that arrives, '.' for what is in a directory, undefined where several do. */
  readonly name: string | undefined;
  readonly isNew: boolean;
}

export interface Transfer {
  readonly from: From;
  readonly to: To;
  readonly preserves: boolean;
  readonly follows: boolean;
  readonly excludes: readonly string[];
  /** Of the only source, which is a directory, these alone are copied: paths in it, in latin1. */
  readonly only?: readonly string[] | undefined;
  readonly advance: (bytes: number) => void;
}

/** How an attempt ended at both ends, and what was wrong with what came. */
export interface Outcome {
  readonly sent: PipedEnd;
  readonly received: PipedEnd;
  readonly problem?: ArchiveProblem | undefined;
  readonly missing: number;
}

/** Copies, in the richest manner that both ends know. */
export async function transfer(cache: Cache, request: Transfer): Promise<void> {
  const {preserves, follows, excludes} = request;
  const isDirect = request.from.kind === 'here' && request.to.kind !== 'stream';
  const rich = {preserves, follows, excludes, dropsSetuid: isDirect && !preserves, isPlain: false};
  const attempt = isDirect ? sendDirectly : sendThroughUs;
  const first = await attempt(cache, request, rich);
  const isTooRich = first.received.status === ends.wantsPlain;
  const outcome = isTooRich ? await attempt(cache, request, {...rich, isPlain: true}) : first;
  conclude(cache, request, outcome);
}

/** Files of this machine are nobody else's: the two programs share a pipe. */
async function sendDirectly(cache: Cache, request: Transfer, manner: Manner): Promise<Outcome> {
  const {from, to} = request;
  if (from.kind === 'stream') return sendThroughUs(cache, request, manner);
  const scratch = makeScratch();
  try {
    const marker = `${scratch.path}/${markerOf(to.nonce)}`;
    writeWhole(marker, '');
    const [data, ...errors] = (await makePipes(scratch.path, 3)) as [Pipe, Pipe, Pipe];
    const sender = await startSender(cache, from, {
      manner,
      marker,
      list: listFor(scratch.path, request),
      stdout: data.writes,
      stderr: errors[0],
    });
    const receiver = await startReceiver(cache, to, {manner, stdin: data.reads, stderr: errors[1]});
    const [sent, received] = await Promise.all([sender.end, receiver.end]);
    return {sent, received, missing: 0};
  } finally {
    scratch.remove();
  }
}

/** What comes out of an instance, or from a stream, is looked at. */
async function sendThroughUs(cache: Cache, request: Transfer, manner: Manner): Promise<Outcome> {
  const {from, to} = request;
  const scratch = makeScratch();
  try {
    const [input, output, ...errors] = (await makePipes(scratch.path, 4)) as [
      Pipe,
      Pipe,
      Pipe,
      Pipe,
    ];
    const sender =
      from.kind === 'stream'
        ? nobody
        : await startSender(cache, from, {
            manner,
            list: listFor(scratch.path, request),
            stdout: input.writes,
            stderr: errors[0],
          });
    const receiver =
      to.kind === 'stream'
        ? nobody
        : await startReceiver(cache, to, {manner, stdin: output.reads, stderr: errors[1]});
    const flow = new Flow(cache, request, {
      reads: from.kind === 'stream' ? 0 : input.reads,
      writes: to.kind === 'stream' ? 1 : output.writes,
    });
    const problem = await flow.run(sender);
    const [sent, received] = await Promise.all([sender.end, receiver.end]);
    return {sent, received, problem, missing: flow.missing};
  } finally {
    scratch.remove();
  }
}

/** A file with the names of what alone is copied, open for reading; undefined where all is. */
function listFor(scratch: string, {only}: Transfer): number | undefined {
  if (only === undefined) return undefined;
  const path = `${scratch}/list`;
  writeBytes(path, Buffer.from(only.map((each) => `./${each}\0`).join(''), 'latin1'));
  return openForReading(path);
}

const nobody: Piped = {end: Promise.resolve({status: 0, stderr: ''})};
