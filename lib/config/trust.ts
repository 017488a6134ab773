// A project's configuration is code: its hooks run as the user who names one of its sources. So a directory
// that someone else could have written is not used, unless the user's own crcache.conf lists it. Root uses
// nobody else's, listed or not, and wherever it is.

import {basename, dirname, join} from 'node:path';
import {entryOf, listNames, orUndefined, realPath, statOf} from '../files.js';
import {hookDirectories} from './hook-directories.js';
import {isPrivateGroup} from './private-group.js';
import type {Unused} from './problem.js';
import type {Root} from './roots.js';

export interface Trust {
  readonly uid: number;
  /** Directories that the user's crcache.conf lists; asked for only when they matter. */
  readonly trusted: () => readonly string[];
}

/** What of a root decides about one of its sources, relative to the root: hooks and command lines use what is beside them. */
export function partsOfSource(root: Root, name: string): readonly string[] {
  const source = `sources/${name}`;
  const names = orUndefined(() => listNames(join(root.path, source)), 'EACCES');
  const beside = names ?? ['source.conf', ...hookDirectories];
  return ['', 'crcache.conf', 'sources', source, ...beside.map((each) => `${source}/${each}`)];
}

/** What of a root decides about the names of its sources. */
export const partsOfRoot: readonly string[] = ['', 'crcache.conf', 'sources'];

/** Why these parts of a root are not to be used, or undefined where they are. */
export function findTrustProblem(
  root: Root,
  parts: readonly string[],
  trust: Trust,
): Unused | undefined {
  if (root.kind !== 'project' && trust.uid !== 0) return undefined;
  const found = parts
    .flatMap((part) => [part, ...hooksIn(root, part)])
    .map((part) => findForeign(root, join(root.path, part), trust.uid))
    .filter((problem) => problem !== undefined);
  const foreign = found.find(({isForeign}) => isForeign);
  if (trust.uid === 0 && foreign !== undefined) return foreign;
  if (root.kind !== 'project' || found.length === 0) return undefined;
  return isListed(root.path, trust.trusted()) ? undefined : found[0];
}

/** The hooks of a directory of hooks; none of another part. */
function hooksIn(root: Root, part: string): string[] {
  if (!hookDirectories.includes(basename(part))) return [];
  // What may not be listed is not run either.
  const names = orUndefined(() => listNames(join(root.path, part)), 'EACCES') ?? [];
  return names.map((name) => join(part, name));
}

interface Foreign extends Unused {
  readonly isForeign: boolean;
}

function findForeign(root: Root, path: string, uid: number): Foreign | undefined {
  const stat = statOf(path);
  if (stat === undefined) return undefined;
  // A symlink of one's own may lead to what the system has.
  const isSystems = stat.uid === 0n && entryOf(path)?.isSymbolicLink() === true;
  if (Number(stat.uid) !== uid && !isSystems) {
    const what = `belongs to another user, uid ${String(stat.uid)}, and is not used`;
    return {file: path, what, hint: uid === 0 ? rootHint : listHint(root), isForeign: true};
  }
  const writers = stat.mode & 0o022n;
  if (writers === 0n || (writers === 0o020n && isPrivateGroup(stat.gid, uid))) return undefined;
  const what = 'may be written to by other users, and is not used';
  return {file: path, what, hint: `run: chmod -R go-w '${root.path}'`, isForeign: false};
}

const rootHint = 'root uses no configuration of other users; run crcache as that user';

function listHint(root: Root): string {
  const key = `trusted-directories=${dirname(root.path)}`;
  return `if you trust what is in it to run as you, add to crcache.conf of your own: ${key}`;
}

/** Whether a list has the root itself, or the directory that it lies in. */
function isListed(root: string, trusted: readonly string[]): boolean {
  const real = realPath(root);
  if (real === undefined) return false;
  return trusted.some((path) => [real, dirname(real)].includes(realPath(path) ?? ''));
}
