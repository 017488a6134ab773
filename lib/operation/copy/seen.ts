// Files of an instance that this process can see as well as a program in it can.

import {holdBelow} from '../../copy/held.js';
import {closePlace, holdPlace, type HeldPlace} from '../../copy/held-place.js';
import {closeEnd} from '../../pipes.js';
import {ownIds} from '../../processes.js';
import type {Cache} from '../cache.js';
import {levelsOf} from '../instance.js';
import type {End} from './ends.js';
import type {To} from './transfer.js';

/** Whether there is a root of an instance at hand to be seen from here, by who is as good as those that act in it. */
export function isSeen(cache: Cache, end: End): boolean {
  return rootOf(cache, end) !== undefined;
}

/** Holds what is at a path of it; undefined where that is not to be seen, or by a symlink. */
export function holdSeen(cache: Cache, end: End, path: string): number | undefined {
  const root = rootOf(cache, end);
  const held = root === undefined ? undefined : holdBelow(root, path);
  if (held === undefined || rootOf(cache, end) === root) return held;
  closeEnd(held); // it may have been another's
  return undefined;
}

/** Holds the place where files are to be put; undefined where that is unusual, or not to be seen. */
export function holdPlaceSeen(cache: Cache, to: To): HeldPlace | undefined {
  const isUsual = to.kind === 'instance' && to.isExact !== true && isSeen(cache, to);
  return isUsual ? holdPlace(to, (path) => holdSeen(cache, to, path)) : undefined;
}

/** Removes what copies have left at a place whose process was killed here: in an instance nobody can tell that it was. */
export function sweepSeen(cache: Cache, to: To): void {
  const place = to.isNew ? undefined : holdPlaceSeen(cache, to);
  if (place !== undefined) closePlace(place);
}

function rootOf(cache: Cache, {instance, user}: End): string | undefined {
  if (instance === undefined || typeof instance === 'string') return undefined;
  const wished = user ?? cache.caller.env['CRCACHE_RUN_USER'] ?? '';
  if (ownIds().uid !== 0 || !['', 'root'].includes(wished)) return undefined;
  const [bottom, ...others] = levelsOf(cache, instance.instance).reverse();
  const isHandedOn = others.every(({type, facts}) => type.capabilities(facts.settings).sharesFiles);
  return isHandedOn ? bottom?.type.filesAt?.(bottom.facts) : undefined;
}
