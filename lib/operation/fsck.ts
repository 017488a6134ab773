// fsck: what is not as it should be in the state directory, and what of that can be mended.

import {CrcacheError} from '../errors.js';
import {exists, readText} from '../files.js';
import {isSourceName} from '../instance.js';
import {findDamage, gcMends, repairDamage, type Finding} from '../store/fsck.js';
import {emptyOldTrash} from '../store/slot.js';
import type {Cache, Source} from './cache.js';
import {tellFailure} from './fail-with.js';
import {findSurplus} from './find-surplus.js';
import {readInstance} from './instance.js';
import {writeRunScript} from './run-script.js';
import {attempt, whatIsDue} from './tidy.js';
import {tolerate} from './tolerate.js';

export type {Finding} from '../store/fsck.js';

/** What is found, in all or in one source. Changes nothing. */
export async function inspect(cache: Cache, source?: string): Promise<Finding[]> {
  checkName(cache, source);
  const damage = await findDamage(cache.store, source);
  // Of limits there is nothing to say where nobody can be sure what there is.
  if (damage.some(({isNote}) => isNote !== true)) return damage;
  const names = source === undefined ? cache.store.sourceNames() : [source];
  const known = names.flatMap((name) => knownSource(cache, name) ?? []);
  return [...damage, ...known.flatMap((each) => findSurplus(cache, each))];
}

export interface Repair {
  readonly repaired: readonly Finding[];
  /** Something that a dead process left could not be done: it is this one's by now, which lives, and no finding yet. */
  readonly hasFailed: boolean;
}

/** Mends what can be mended, and does what dead processes left to be done; what it mended. */
export async function repair(cache: Cache, source?: string): Promise<Repair> {
  checkName(cache, source);
  cache.store.checkOwner();
  const repaired = await repairDamage(cache.store, source);
  const left = await findDamage(cache.store, source);
  if (!left.some(({mend}) => mend === gcMends)) return {repaired, hasFailed: false};
  const names = source === undefined ? cache.store.sourceNames() : [source];
  const failed: string[] = [];
  for (const name of names) if (!(await finish(cache, name))) failed.push(name);
  const remaining = new Set((await findDamage(cache.store, source)).map(({path}) => path));
  const isOfFailed = (path: string): boolean =>
    failed.some((name) => path.startsWith(`${cache.store.source(name).directory}/`));
  const done = left.filter(
    ({mend, path}) => mend === gcMends && !remaining.has(path) && !isOfFailed(path),
  );
  return {repaired: [...repaired, ...done], hasFailed: failed.length > 0};
}

/**
 * Takes a directory that was moved here for the original, and leads the ways into its instances here, which is all that
 * is to be done on the same disk; false: it was not moved.
 */
export function settle(cache: Cache): boolean {
  let isMoved = cache.store.settle();
  for (const name of cache.store.sourceNames()) {
    const source = tolerate(cache, `source '${name}'`, () => cache.findSource(name));
    for (const {instance} of source?.state.allPlaces() ?? []) {
      tolerate(cache, `instance '${instance}'`, () => {
        const run = `${source?.state.instancePath(instance) ?? ''}/run`;
        if (source === undefined || !exists(run)) return;
        const before = readText(run);
        writeRunScript(cache, readInstance(cache, source, instance));
        isMoved ||= readText(run) !== before;
      });
    }
  }
  return isMoved;
}

/** Does what gc would do about dead processes; false where something failed, which is told and keeps nothing from the rest. */
async function finish(cache: Cache, name: string): Promise<boolean> {
  let isDone = true;
  const onFailure = (failure: CrcacheError): void => {
    isDone = false;
    tellFailure(cache, failure);
  };
  try {
    const source = cache.findSource(name);
    if (source === undefined) return true;
    for (const due of whatIsDue(cache, source)) await attempt(cache, due, onFailure);
    emptyOldTrash(source.state);
  } catch (error) {
    if (!(error instanceof CrcacheError)) throw error;
    onFailure(error);
  }
  return isDone;
}

/** A source, unless nobody knows what it is. */
function knownSource(cache: Cache, name: string): Source | undefined {
  try {
    return cache.findSource(name);
  } catch (error) {
    if (error instanceof CrcacheError && error.kind === 'usage') return undefined;
    throw error;
  }
}

function checkName(cache: Cache, source: string | undefined): void {
  if (source === undefined) cache.store.checkIsDirectory();
  else if (!isSourceName(source) || !exists(`${cache.store.directory}/sources/${source}`)) {
    cache.source(source);
  }
}
