// pack-files and unpack-files: a copy one end of which is a tar stream, without any instance.

import {newNonce} from '../../store/worker.js';
import type {Cache} from '../cache.js';
import {transfer, type Transfer} from './transfer.js';

export type PackOptions = Pick<Transfer, 'preserves' | 'follows' | 'excludes'>;

/** Writes files of this machine to stdout. */
export async function packFiles(
  cache: Cache,
  paths: readonly string[],
  options: PackOptions,
): Promise<void> {
  const to = {kind: 'stream', path: '', nonce: newNonce(), name: undefined, isNew: false} as const;
  await transfer(cache, {from: {kind: 'here', paths}, to, ...options});
}

/** Puts what comes on stdin into a directory of this machine. */
export async function unpackFiles(
  cache: Cache,
  directory: string,
  options: PackOptions,
): Promise<void> {
  const to = {kind: 'here', path: directory, nonce: newNonce(), name: '.', isNew: false} as const;
  await transfer(cache, {from: {kind: 'stream'}, to, ...options});
}
