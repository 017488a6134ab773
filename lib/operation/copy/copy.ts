// cp: files into instances, out of them, and from one to another.
//
// At each end a small sh does the work with the tar that is there. What comes from this machine goes straight to the
// instance; what comes out of one flows through this process, which looks at every entry.

import {isSharingFiles} from '../shares-files.js';
import {CrcacheError} from '../../errors.js';
import {newNonce} from '../../store/worker.js';
import type {Cache} from '../cache.js';
import {keepForRelease} from './forget-copies.js';
import {linkFiles} from './link.js';
import {nameOf, type Side} from './side.js';
import {transfer, type From} from './transfer.js';
import {tellSize, type Watcher} from './watcher.js';

export interface CopyRequest {
  readonly sources: readonly Side[];
  readonly destination: Side;
  readonly preserves: boolean;
  readonly follows: boolean;
  readonly excludes: readonly string[];
  /** Links in the place of copies; the instance's own wish unless given. */
  readonly links?: 'link' | 'symlink' | undefined;
  readonly watcher?: Watcher | undefined;
}

/** Copies; the value is the new directory that was made for the files, where there is one. */
export async function copyFiles(cache: Cache, request: CopyRequest): Promise<string | undefined> {
  const from = commonSource(request.sources);
  const {destination, preserves, follows, excludes, watcher} = request;
  if (from.kind !== 'instance' && destination.kind !== 'instance') {
    throw new CrcacheError(
      'usage',
      'neither side is in an instance',
      'an instance is named as in NAME:PATH',
    );
  }
  const nonce = newNonce();
  const isNew = destination.kind === 'instance' && destination.path === '';
  const path = isNew
    ? `/tmp/crcache-${nonce}`
    : destination.kind === 'stream'
      ? ''
      : destination.path;
  if (isNew) keepForRelease(cache, destination.instance, path);
  const to = {...destination, path, nonce, isNew, name: arrivingName(from)};
  const links = request.links ?? wishedLinks(cache, request);
  if (links === undefined) {
    tellSize(cache, from, {follows, watcher});
    await transfer(cache, {from, to, preserves, follows, excludes, watcher});
  } else {
    await linkFiles(cache, {from, to, links, follows, excludes});
  }
  return isNew ? path : undefined;
}

/** Sources are files of one place. */
function commonSource(sources: readonly Side[]): From {
  const [first] = sources;
  if (first === undefined) throw new CrcacheError('usage', 'there is nothing to copy');
  if (first.kind === 'stream') {
    if (sources.length > 1) throw new CrcacheError('usage', "'-' is the only source, or none");
    return first;
  }
  const paths = sources.map((side) => {
    const isSame =
      side.kind === 'instance'
        ? first.kind === 'instance' && side.instance === first.instance
        : side.kind === first.kind;
    if (!isSame || side.kind === 'stream') {
      throw new CrcacheError('usage', 'the sources are not all in one place');
    }
    return side.path === '' ? '.' : side.path;
  });
  checkNames(paths);
  return first.kind === 'here'
    ? {kind: 'here', paths}
    : {kind: 'instance', instance: first.instance, paths};
}

function checkNames(paths: readonly string[]): void {
  const names = paths.map(nameOf).filter((name) => name !== '.');
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new CrcacheError('usage', `two sources would arrive as '${twice}'`);
  }
}

function arrivingName(from: From): string | undefined {
  if (from.kind === 'stream') return '.';
  const [only, ...others] = from.paths;
  return only === undefined || others.length > 0 ? undefined : nameOf(only);
}

/** What the source of the destination's instance wishes for, where that can be, and is as good as the copy asked for. */
function wishedLinks(cache: Cache, request: CopyRequest): CopyRequest['links'] {
  const {sources, destination, preserves, follows, excludes} = request;
  const isFromHere = sources.every(({kind}) => kind === 'here');
  if (!isFromHere || destination.kind !== 'instance') return undefined;
  if (preserves || follows || excludes.length > 0) return undefined;
  return isSharingFiles(cache, destination.instance).wish;
}
