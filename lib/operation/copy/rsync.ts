// Files into an instance by rsync, which sends only the changed parts of those that are there.

import type {Listing} from '../../copy/listing.js';
import {askProgram} from '../../exec.js';
import {CrcacheError} from '../../errors.js';
import {safe} from '../../output/safe.js';
import {makeScratch, writeBytes} from '../../pipes.js';
import type {Cache} from '../cache.js';
import type {Side} from './side.js';

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
}

export async function sendByRsync(cache: Cache, request: RsyncRequest): Promise<void> {
  const {destination, from, to, only, follows} = request;
  if (destination.kind !== 'instance') return;
  const scratch = makeScratch();
  try {
    const list = `${scratch.path}/list`;
    const names = only.map((path) => `${path === '' ? '.' : path}\0`);
    writeBytes(list, Buffer.from(names.join(''), 'latin1'));
    const {env, cwd, program} = cache.caller;
    const launcher = (program.at(-1) ?? '').replace(/[^/]*$/, '../cmd/crcache');
    const words = [
      ...['-s', '-lptHI', '--specials', '--chmod=ug-s', '--no-implied-dirs', '--from0'],
      ...[`--files-from=${list}`, ...(follows ? ['-L'] : []), '-e', `'${launcher}' rsh`],
      ...[`${from.directory}/`, `${destination.instance}:${to.directory}/`],
    ];
    const {status, stderr} = await askProgram('rsync', words, {env, cwd});
    if (status === 0) return;
    const [first = ''] = stderr.split('\n').map((line) => line.replace(/^rsync: /, ''));
    const why = first === '' ? `rsync ended with status ${String(status)}` : safe(first);
    throw new CrcacheError('failed', `cannot send files to '${destination.path}': ${why}`);
  } finally {
    scratch.remove();
  }
}
