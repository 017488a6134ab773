// Where files are copied from, and to: what a word such as 'pool-0:/etc/hosts' means.

import {CrcacheError} from '../../errors.js';

export type Side =
  | {readonly kind: 'here'; readonly path: string}
  | {readonly kind: 'instance'; readonly instance: string; readonly path: string}
  | {readonly kind: 'stream'};

/** As with scp, what has a colon before any slash is in an instance; '-' is a tar stream. */
export function parseSide(word: string): Side {
  if (word === '') throw new CrcacheError('usage', 'the empty word names no file');
  if (word === '-') return {kind: 'stream'};
  const [, instance, path] = /^(:?[^/:]+):([^]*)$/.exec(word) ?? [];
  if (instance === undefined || path === undefined) return {kind: 'here', path: word};
  return {kind: 'instance', instance, path};
}

export function describeSide(side: Side): string {
  if (side.kind === 'stream') return '-';
  return side.kind === 'here' ? side.path : `${side.instance}:${side.path}`;
}

/** The name under which a path arrives; '.' where all that is in a directory arrives without it. */
export function nameOf(path: string): string {
  const name = path.replace(/\/+$/, '').split('/').at(-1) ?? '';
  return name === '' || name === '.' || name === '..' ? '.' : name;
}
