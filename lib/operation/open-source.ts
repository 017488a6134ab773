// A source is made ready to be written to, by the root that it belongs to.

import {CrcacheError} from '../errors.js';
import {realPath} from '../files.js';
import {isRemembered, type Cache, type Source} from './cache.js';
import {keepSnapshot} from './snapshot.js';

/** Makes a source ready to be written to. It belongs to the root that defined it for as long as it has instances. */
export function openSource(cache: Cache, source: Source): void {
  cache.store.open();
  source.state.ensure();
  const problem = otherOrigin(source);
  if (problem !== undefined) throw problem;
  noteOrigin(source);
  if (!isRemembered(source)) keepSnapshot(source);
}

/** Why a source is not the one that its instances are of, which another root defined. */
export function otherOrigin(source: Source): CrcacheError | undefined {
  const {name, state} = source;
  const {root, origin} = originsOf(source);
  if (root === undefined || origin === undefined || isSameDirectory(origin, root)) return undefined;
  if (state.allPlaces().length === 0) return undefined;
  return new CrcacheError(
    'usage',
    `source '${name}' has instances that '${origin}' defined, and '${root}' defines another of that name`,
    `rename one of the two, or: crcache --config-dir '${origin}' discard-instance -s ${name} --all`,
  );
}

function noteOrigin(source: Source): void {
  const {root, origin} = originsOf(source);
  if (root === undefined || (origin !== undefined && isSameDirectory(origin, root))) return;
  source.state.writeOrigin(root);
}

/** The root that defines a source, unless that has been removed, and the one that did when its instances were made. */
function originsOf(source: Source): {root: string | undefined; origin: string | undefined} {
  const {definition, state} = source;
  const root = isRemembered(source) ? undefined : definition.place?.root.path;
  return {root, origin: root === undefined ? undefined : state.readOrigin()};
}

/** A home has other names, too, where it is a symlink or mounted elsewhere as well. */
function isSameDirectory(one: string, other: string): boolean {
  if (one === other) return true;
  const real = realPath(one);
  return real !== undefined && real === realPath(other);
}
