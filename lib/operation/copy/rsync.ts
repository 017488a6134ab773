// Files into an instance by rsync, which sends only the changed parts of those that are there.

import type {Listing} from '../../copy/listing.js';
import {CrcacheError} from '../../errors.js';
import {safe} from '../../output/safe.js';
import {startPiped} from '../../piped.js';
import {makePipes, piecesFrom, writeBytes, type Pipe} from '../../pipes.js';
import {makeScratch} from '../../scratch.js';
import {inside} from '../around.js';
import type {Cache} from '../cache.js';
import {usableInstance} from '../usable.js';
import type {Side} from './side.js';
import type {Watcher} from './watcher.js';

export interface RsyncChoice {
  readonly source: Side;
  readonly destination: Side;
  readonly preserves: boolean;
  readonly from: Listing;
  readonly to: Listing;
}

/** Whether both sides have it, and what is wanted is what it does as any other would. */
export function canSendByRsync({source, destination, preserves, from, to}: RsyncChoice): boolean {
  const isInto = source.kind === 'here' && destination.kind === 'instance';
  return isInto && !preserves && from.hasRsync && to.hasRsync;
}

export interface RsyncRequest {
  readonly destination: Side;
  readonly from: Listing;
  readonly to: Listing;
  /** Paths in the directory, in latin1. */
  readonly only: readonly string[];
  readonly follows: boolean;
  readonly watcher: Watcher | undefined;
}

export async function sendByRsync(cache: Cache, request: RsyncRequest): Promise<void> {
  const {destination, from, to, only, follows, watcher} = request;
  if (destination.kind !== 'instance') return;
  const scratch = makeScratch();
  try {
    const list = `${scratch.path}/list`;
    const names = only.map((path) => `${path === '' ? '.' : path}\0`);
    writeBytes(list, Buffer.from(names.join(''), 'latin1'));
    const {cwd, program} = cache.caller;
    const {instance} = usableInstance(cache, destination.instance);
    const env = {...cache.caller.env, ...inside(cache, instance, 'plain')};
    const launcher = (program.at(-1) ?? '').replace(/[^/]*$/, '../cmd/crcache');
    const words = [
      ...(watcher === undefined ? [] : ['--info=progress2', '--no-h', '--outbuf=N']),
      ...['-s', '-lptHIS', '--specials', '--chmod=ug-s', '--no-implied-dirs', '--from0'],
      ...[`--files-from=${list}`, ...(follows ? ['-L'] : []), '-e', `'${launcher}' rsh`],
      ...[`${from.directory}/`, `${destination.instance}:${to.directory}/`],
    ];
    const [output, errors] = (await makePipes(scratch.path, 2)) as [Pipe, Pipe];
    const streams = {stdout: output.writes, stderr: errors};
    const {end} = await startPiped(['rsync', ...words], {env, cwd, ...streams});
    await follow(output, watcher);
    const {status, stderr} = await end;
    if (status === 0) return;
    const [first = ''] = stderr.split('\n').map((line) => line.replace(/^rsync: /, ''));
    const why = first === '' ? `rsync ended with status ${String(status)}` : safe(first);
    throw new CrcacheError('failed', `cannot send files to '${destination.path}': ${why}`);
  } finally {
    scratch.remove();
  }
}

/** Hands on how far rsync says that it is. */
async function follow(output: Pipe, watcher: Watcher | undefined): Promise<void> {
  let before = 0;
  for await (const piece of piecesFrom(output)) {
    for (const [, bytes] of String(piece).matchAll(/([0-9]+) +[0-9]+%/g)) {
      await watcher?.advance(Number(bytes) - before);
      before = Number(bytes);
    }
  }
}
