// Whether an instance may be given out, and whether it is kept for that. Both ask the same: what must not be given out
// any more is discarded by whoever meets it.

import {exists, readText} from '../files.js';
import {usesOf} from './allocate.js';
import type {Cache} from './cache.js';
import {whyChanged} from './checkpoint.js';
import {levelsOf, type Instance} from './instance.js';
import {whyAsleep} from './park.js';
import {isSurplus, type IsSurplus} from './surplus.js';

/** Wakes an instance that is to be given out; why it must not be, or undefined where it may. */
export async function makeFit(cache: Cache, instance: Instance): Promise<string | undefined> {
  const why = whyUnkept(cache, instance) ?? (await whyDead(cache, instance));
  return why ?? whyAsleep(cache, instance);
}

/** Why nothing can run in an instance, as its type and those of what it stands on say; undefined where it can. */
export async function whyDead(cache: Cache, instance: Instance): Promise<string | undefined> {
  for (const level of levelsOf(cache, instance)) {
    if (level.facts.incarnation === '') return at(level, instance, 'its record is damaged');
    if (!exists(`${level.facts.directory}/run`))
      return at(level, instance, 'its run script is missing');
    if (!(await level.type.check(level.facts))) return at(level, instance, 'it is dead');
  }
  return undefined;
}

/** Why an instance is discarded however many there are, or undefined where nothing is against keeping it. */
export function whyUnkept(
  cache: Cache,
  instance: Instance,
  isMore: IsSurplus = (source, name) => isSurplus(cache, source, name),
): string | undefined {
  for (const level of levelsOf(cache, instance)) {
    const why =
      whyPast(level) ??
      (level === instance ? whySpent(instance) : undefined) ??
      (isMore(level.source, level.name) ? 'the maximum has been lowered' : undefined);
    if (why !== undefined) return at(level, instance, why);
  }
  return undefined;
}

/** What time, or a change of its source, has done to an instance and so to all that stand on it. */
function whyPast(level: Instance): string | undefined {
  const {source, configName} = level;
  if (source.isUnconfigured) return 'its configuration has been removed';
  // Whether a wrong one has changed is known when it is mended.
  const isChanged = source.problem === undefined && configName !== source.hash;
  if (isChanged) return 'its configuration has changed since it was made';
  if (source.state.isDrained) return 'its source is drained';
  return ageLeftMs(level) <= 0 ? 'max-age is reached' : undefined;
}

/** Asked of the one at the top: what stands below is in use once, for as long as the one above it lasts. */
function whySpent(instance: Instance): string | undefined {
  return whyUsedUp(instance) ?? whyChanged(instance);
}

function whyUsedUp({facts: {settings, directory}}: Instance): string | undefined {
  const uses = usesOf(directory);
  if (settings.reset === 'discard' && uses > 0) return 'reset=discard';
  const maxUses = settings['max-uses'];
  return maxUses !== undefined && uses >= maxUses ? 'max-uses is reached' : undefined;
}

/** How long it is until max-age is reached; for ever where there is none, or nothing says when it was made. */
export function ageLeftMs({source, facts: {settings, directory}}: Instance): number {
  const {'max-age': maxAge} = settings;
  if (maxAge === undefined) return Infinity;
  const created = Date.parse(readText(`${directory}/created`)?.trim() ?? '');
  return Number.isNaN(created) ? Infinity : created + maxAge - source.state.around.now().getTime();
}

function at(level: Instance, instance: Instance, why: string): string {
  return level === instance ? why : `${why}: '${level.name}', which it stands on`;
}
