// A source is made ready to be written to, by the root that it belongs to.

import {CrcacheError} from '../errors.js';
import {realPath} from '../files.js';
import {isRemembered, type Cache, type Source} from './cache.js';
import {keepSnapshot} from './snapshot.js';

/** Makes a source ready to be written to. It belongs to the root that defined it for as long as it has instances. */
export function openSource(cache: Cache, source: Source): void {
  cache.store.open();
  source.state.ensure();
  checkOrigin(source);
  if (!isRemembered(source)) keepSnapshot(source);
}

function checkOrigin(source: Source): void {
  const {name, definition, state} = source;
  const root = definition.place?.root.path;
  if (isRemembered(source) || root === undefined) return;
  const origin = state.readOrigin();
  if (origin === root || (origin !== undefined && isSameDirectory(origin, root))) return;
  if (origin !== undefined && state.allPlaces().length > 0) {
    throw new CrcacheError(
      'usage',
      `source '${name}' has instances that '${origin}' defined, and '${root}' defines another of that name`,
      `rename one of the two, or: crcache --config-dir '${origin}' discard-instance -s ${name} --all`,
    );
  }
  state.writeOrigin(root);
}

/** A home has other names, too, where it is a symlink or mounted elsewhere as well. */
function isSameDirectory(one: string, other: string): boolean {
  const real = realPath(one);
  return real !== undefined && real === realPath(other);
}
