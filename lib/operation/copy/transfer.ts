// One copy: an end that files come from, one that they go to, and a stream between them.

import type {ArchiveProblem, EntryType} from '../../copy/entry.js';
import type {FewFiles} from '../../copy/few-files.js';
import {markerOf, type Manner} from '../../copy/manner.js';
import {relay} from '../../copy/relay.js';
import {removeFile, writeWhole} from '../../files.js';
import type {Piped, PipedEnd} from '../../piped.js';
import {makePipes, openForReading, writeBytes, type Pipe} from '../../pipes.js';
import {makeScratch} from '../../scratch.js';
import type {Cache} from '../cache.js';
import type {Usable} from '../usable.js';
import {conclude} from './conclude.js';
import {atHand, startReceiver, startSender, type End} from './ends.js';
import {fewFrom, holdFew} from './few-outgoing.js';
import {flow, type Course} from './flow.js';
import {archiveTo, archiveToStdout, type Incoming} from './incoming.js';
import {meansAtFirst, noteMeans, otherMeans, type Means} from './means.js';
import {archiveFrom, type Outgoing} from './outgoing.js';
import {filesTo} from './plain-incoming.js';
import {filesFrom} from './plain-outgoing.js';
import {holdSeen, isSeen} from './seen.js';
import {filesToSeen} from './seen-incoming.js';
import {stayOf} from './stay.js';
import {haveSizes, treesFrom} from './tree-outgoing.js';
import type {Watcher} from './watcher.js';

/** Where files come from; a stream is our stdin. */
export type From =
  | (End & {readonly kind: 'here'; readonly paths: readonly string[]})
  | (End & {
      readonly kind: 'instance';
      readonly instance: string | Usable;
      readonly paths: readonly string[];
    })
  | {readonly kind: 'stream'};

/** Where they go; a stream is our stdout. */
export interface To extends End {
  readonly kind: 'here' | 'instance' | 'stream';
  readonly path: string;
  readonly nonce: string;
  /** The one name that arrives, '.' for what is in a directory, undefined where several do. */
  readonly name: string | undefined;
  readonly isNew: boolean;
  readonly isExact?: boolean;
}

export interface Transfer {
  readonly from: From;
  readonly to: To;
  readonly preserves: boolean;
  readonly follows: boolean;
  readonly excludes: readonly string[];
  /** Of the only source, which is a directory, these alone are copied: paths in it, in latin1, and what each is. */
  readonly only?: ReadonlyMap<string, EntryType> | undefined;
  /** What may not come out of an instance is left out, which is said, and is no failure. */
  readonly mayLack?: boolean;
  readonly watcher?: Watcher | undefined;
}

/** How an attempt ended at both ends, and what was wrong with what came. */
export interface Outcome {
  readonly sent: PipedEnd;
  readonly received: PipedEnd;
  readonly problem?: ArchiveProblem | undefined;
  readonly missing: number;
  readonly notes: readonly string[];
}

/** Copies, in the richest manner that both ends know. */
export async function transfer(cache: Cache, wish: Transfer): Promise<void> {
  const request = {...wish, from: atHand(cache, wish.from), to: atHand(cache, wish.to)};
  let means: Means | undefined = await meansAtFirst(cache, request);
  for (;;) {
    const outcome: Outcome = await attempt(cache, request, means);
    noteMeans(cache, request.to, outcome);
    const other: Means | undefined = otherMeans(request, means, outcome);
    if (other === undefined) {
      conclude(cache, request, outcome);
      return;
    }
    means = other;
  }
}

async function attempt(cache: Cache, request: Transfer, means: Means): Promise<Outcome> {
  const few = holdFew(cache, request);
  const mayGoOn = few && stayOf(cache, request);
  try {
    const place = few && means.putsItself ? filesToSeen(cache, request.to) : undefined;
    if (few === undefined || place === undefined) {
      return await sendByPrograms({cache, request, few, mayGoOn}, means);
    }
    return await sendBetween(request, {from: fewFrom(few), to: place, mayGoOn});
  } finally {
    few?.close();
  }
}

async function sendByPrograms(
  {cache, request, few, mayGoOn}: Pick<Ground, 'cache' | 'request' | 'few' | 'mayGoOn'>,
  means: Means,
): Promise<Outcome> {
  const {preserves, follows, excludes} = request;
  const isDirect = few === undefined && canSendDirectly(request, means);
  const manner = {
    preserves,
    follows,
    excludes,
    dropsSetuid: isDirect && !preserves,
    isPlain: !means.isRich,
  };
  const scratch = makeScratch();
  const ground: Ground = {cache, request, manner, few, mayGoOn, scratch: scratch.path};
  try {
    return isDirect ? await sendDirectly(ground) : await sendThroughUs(ground, means);
  } finally {
    scratch.remove();
  }
}

async function sendBetween(request: Transfer, course: Course): Promise<Outcome> {
  const {problem, missing, notes} = await flow(request, course);
  const [sent, received] = await Promise.all([course.from.end, course.to.end]);
  return {sent, received, problem, missing, notes};
}

/** Two programs that know all may share a pipe, where nothing is to be said of what one sends to the other. */
function canSendDirectly({from, to}: Transfer, means: Means): boolean {
  const isRich = means.isRich && means.sendsByTar && means.receivesByTar;
  return from.kind === 'here' && to.kind !== 'stream' && isRich && !means.tells;
}

/** What an attempt stands on. */
interface Ground {
  readonly cache: Cache;
  readonly request: Transfer;
  readonly manner: Manner;
  /** Files that this process holds to send them itself. */
  readonly few: FewFiles | undefined;
  readonly mayGoOn?: Course['mayGoOn'];
  /** A directory for its files. */
  readonly scratch: string;
}

/** Files of this machine are nobody else's: the two programs share a pipe. Who receives takes longer to be ready. */
async function sendDirectly(ground: Ground): Promise<Outcome> {
  const {cache, request, manner, scratch} = ground;
  const {from, to, watcher} = request;
  if (from.kind === 'stream') throw new Error('a stream goes through us');
  const marker = `${scratch}/${markerOf(to.nonce)}`;
  writeWhole(marker, '');
  const isWatched = watcher !== undefined;
  const pipes = (await makePipes(scratch, isWatched ? 4 : 1)) as [Pipe, ...Pipe[]];
  const [data, watched = data, ...errors] = pipes;
  const list = listFor(ground);
  const sending = {
    manner,
    marker,
    list,
    stdout: data.writes,
    stderr: errors[0],
  };
  const receiving = {manner, stdin: watched.reads, stderr: errors[1]};
  const receiver = await startReceiver(cache, to, receiving);
  const sender = await startSender(cache, from, sending);
  if (isWatched) await relay(data.reads, watched.writes, watcher.advance);
  const [sent, received] = await Promise.all([sender.end, receiver.end]);
  removeFile(marker);
  return {sent, received, missing: 0, notes: []};
}

/** What comes out of an instance, or from a stream, is looked at. */
async function sendThroughUs(ground: Ground, means: Means): Promise<Outcome> {
  const {cache, request, few, scratch} = ground;
  const ownPaths = canRead(ground, means);
  const isRead = few !== undefined || ownPaths !== undefined;
  const isSent = request.from.kind !== 'stream' && means.sendsByTar && !isRead;
  const isReceived = request.to.kind !== 'stream' && means.receivesByTar;
  const count = 2 * (Number(isSent) + Number(isReceived));
  const tells = isReceived && (request.to.kind === 'here' || isSeen(cache, request.to));
  const pipes = await makePipes(scratch, count + Number(tells));
  const sending = isSent ? pipes.splice(0, 2) : [];
  const open = (): Outgoing | Promise<Outgoing> => {
    if (few !== undefined) return fewFrom(few);
    if (ownPaths !== undefined) return treesFrom(cache, ownPaths, request);
    return openOutgoing(ground, sending);
  };
  // Where files can be found missing before any is sent, nobody is to wait for them.
  const first = isSent ? undefined : await open();
  const to = await openIncoming(ground, pipes);
  const from = first ?? (await open());
  return sendBetween(request, {from, to, mayGoOn: ground.mayGoOn});
}

/** The files of this machine that this process reads: what our tar sends to one that knows less has to go through us. */
function canRead({cache, request: {from}}: Ground, means: Means): readonly string[] | undefined {
  const isPlain = from.kind === 'here' && means.sendsByTar && !means.isRich;
  return isPlain && haveSizes(cache, from.paths) ? from.paths : undefined;
}

/** By tar, where there are pipes for it. */
async function openOutgoing(ground: Ground, [data, stderr]: readonly Pipe[]): Promise<Outgoing> {
  const {cache, request, manner} = ground;
  const {from} = request;
  if (from.kind === 'stream') return archiveFrom(0, nobody);
  if (data === undefined) return filesFrom(cache, from, request);
  const list = listFor(ground);
  const sender = await startSender(cache, from, {manner, list, stdout: data.writes, stderr});
  return archiveFrom(data.reads, sender);
}

/** By tar, where there are pipes for it; the last one where large files are written by this process. */
async function openIncoming(
  ground: Ground,
  [data, stderr, answer]: readonly Pipe[],
): Promise<Incoming> {
  const {cache, request, manner, scratch} = ground;
  const {to} = request;
  if (to.kind === 'stream') return archiveToStdout();
  if (data === undefined) return filesTo(cache, request, scratch);
  const receiver = await startReceiver(cache, to, {
    manner: {...manner, byOthers: answer && 'large'},
    stdin: data.reads,
    stdout: answer?.writes,
    stderr,
  });
  return archiveTo(data.writes, receiver, {
    nonce: to.nonce,
    preserves: request.preserves,
    answer: answer?.reads,
    ...(to.kind === 'here' ? {} : {hold: (path: string) => holdSeen(cache, to, path)}),
  });
}

/** A file with the names of what alone is copied, open for reading; undefined where all is. */
function listFor({request: {only}, scratch}: Ground): number | undefined {
  if (only === undefined) return undefined;
  const path = `${scratch}/list`;
  writeBytes(path, Buffer.from([...only.keys()].map((each) => `./${each}\0`).join(''), 'latin1'));
  const list = openForReading(path);
  removeFile(path);
  return list;
}

const nobody: Piped = {end: Promise.resolve({status: 0, stderr: ''})};
