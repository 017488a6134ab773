// How an instance is given to a user, once it is taken: it is checked, gets its lease, and enters `in-use`.

import {readText, writeWhole} from '../files.js';
import {writeLease, type Lease} from '../store/lease.js';
import type {WorkedPlace} from '../store/place.js';
import type {Cache, Source} from './cache.js';
import {levelsOf, type Instance} from './instance.js';

/** Why an instance must not be given out, or undefined where it may. */
export async function whyUnfit(cache: Cache, instance: Instance): Promise<string | undefined> {
  for (const level of levelsOf(cache, instance)) {
    const {source, facts} = level;
    if (isOutdated(level)) return 'its configuration has changed since it was made';
    if (facts.incarnation === '') return 'its record is damaged';
    const isAlive = await level.type.check(facts);
    if (!isAlive)
      return level === instance ? 'it is dead' : `'${level.name}' of '${source.name}' is dead`;
  }
  return undefined;
}

/** Whether the source's configuration is not the one that it was made with. */
export function isOutdated({source, configName}: Instance): boolean {
  return !source.isUnconfigured && configName !== source.hash;
}

/** Gives a checked instance out; false if somebody else has taken it. */
export function allocateAt(
  {state, type}: Source,
  {place, lease}: {place: WorkedPlace; lease: Lease},
): boolean {
  const {instance} = place;
  const {step} = state.around;
  const directory = state.instancePath(instance);
  // A place is simply there: there is nothing that a lost record could lose.
  const flush = type.places === undefined;
  writeLease(directory, lease, {flush});
  writeWhole(`${directory}/uses`, `${String(usesOf(directory) + 1)}\n`);
  step('allocate:leased');
  const isDone = state.move(place, {instance, state: 'in-use'}, `acquired by ${lease.holder}`);
  if (flush) state.flush('in-use');
  step('allocate:in-use');
  return isDone;
}

/** How often an instance was given out. */
export function usesOf(directory: string): number {
  return Number(readText(`${directory}/uses`) ?? '0');
}
