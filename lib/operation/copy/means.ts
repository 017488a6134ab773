// What the two ends of a copy have to copy with: it is tried with the best, and with less where one of them says so.

import {ends} from '../../copy/manner.js';
import {exists, removeFile, writeWhole} from '../../files.js';
import type {PipedEnd} from '../../piped.js';
import type {Cache} from '../cache.js';
import {usableInstance} from '../usable.js';
import {askSh} from './ends.js';
import type {Outcome, To, Transfer} from './transfer.js';

export interface Means {
  /** Both know more than what every tar does. */
  readonly isRich: boolean;
  readonly sendsByTar: boolean;
  readonly receivesByTar: boolean;
  /** What this process can put in its place itself, it does. */
  readonly putsItself: boolean;
  /** What files of this machine lose on their way is to be told. */
  readonly tells: boolean;
}

const best: Means = {
  isRich: true,
  sendsByTar: true,
  receivesByTar: true,
  putsItself: true,
  tells: false,
};

/**
 * What can be sent once more is tried at its best, or as the one before it to this instance was. Of our stdin there is only
 * one: who receives it is asked first.
 */
export async function meansAtFirst(cache: Cache, request: Transfer): Promise<Means> {
  const {from, to} = request;
  if (from.kind !== 'stream') return {...best, isRich: !isNoted(cache, to)};
  if (to.kind === 'stream') return best;
  const {status} = await askSh(cache, to, {words: ['-c', askingForTar]});
  return otherMeans(request, best, {received: {status}, sent: {status: 0}}) ?? best;
}

const askingForTar = `
command -v tar >/dev/null || exit ${String(ends.hasNoTar)}
case $(tar --version 2>&1) in *'GNU tar'*) ;; *) exit ${String(ends.wantsPlain)} ;; esac
`;

interface Told extends Pick<Outcome, 'problem'> {
  readonly sent: Pick<PipedEnd, 'status'>;
  readonly received: Pick<PipedEnd, 'status'>;
}

/** With what to try again; undefined where it did not fail for lack of means. */
export function otherMeans(
  {from}: Pick<Transfer, 'from'>,
  means: Means,
  {sent, received, problem}: Told,
): Means | undefined {
  const {isRich, sendsByTar, receivesByTar, putsItself, tells} = means;
  if (received.status === ends.isUnusual && putsItself) return {...means, putsItself: false};
  if (received.status === ends.hasNoTar && receivesByTar) {
    return {...means, isRich: false, receivesByTar: false};
  }
  if (received.status === ends.wantsPlain && isRich) return {...means, isRich: false};
  if (received.status === ends.wantsRich && !isRich) return {...means, isRich: true};
  if (sent.status === ends.hasDropped && !tells) return {...means, tells: true};
  const isTarAtFault = sent.status === ends.hasNoTar || problem?.isOfTar === true;
  if (!isTarAtFault || !sendsByTar || from.kind === 'stream') return undefined;
  return {...means, sendsByTar: false};
}

/** Keeps with an instance that its tar knows plain archives alone. One that gets another tar says so. */
export function noteMeans(cache: Cache, to: To, {received: {status}}: Outcome): void {
  const note = noteOf(cache, to);
  if (note === undefined) return;
  if (status === ends.wantsPlain) writeWhole(note, '');
  if (status === ends.wantsRich) removeFile(note);
}

function isNoted(cache: Cache, to: To): boolean {
  const note = noteOf(cache, to);
  return note !== undefined && exists(note);
}

function noteOf(cache: Cache, {instance}: To): string | undefined {
  if (instance === undefined) return undefined;
  const usable = typeof instance === 'string' ? usableInstance(cache, instance) : instance;
  return `${usable.instance.facts.directory}/plain-tar`;
}
