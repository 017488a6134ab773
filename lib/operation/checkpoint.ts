// The checkpoint of an instance, to which reset brings it back: what it is when its provision.d has run.
//
// What its type or provision.d does in an instance that stands on another one is done in that: the checkpoint below is kept
// anew with it. An instance that was so changed has the file `changed`, and is discarded when the one above it is gone.

import {exists, writeWhole} from '../files.js';
import type {Cache} from './cache.js';
import {hasHooks} from './hooks.js';
import {levelsOf, type Instance} from './instance.js';

/** Keeps the checkpoint of an instance that has just been made. */
export async function keepCheckpoint(cache: Cache, instance: Instance): Promise<void> {
  const {type: own, facts: of} = instance;
  const hasRun = hasHooks(instance, 'provision') || hasHooks(instance, 'concurrency');
  await own.checkpoint(of, {isAsMade: !hasRun});
  const below = levelsOf(cache, instance).slice(1);
  const isChanged = hasRun || own.leavesBelow?.(of.settings) !== true;
  if (!isChanged || !below.some(isReset)) return;
  for (const {facts} of below) writeWhole(markOf(facts.directory), '', {flush: true});
  for (const {type, facts} of below.filter(isReset))
    await type.checkpoint(facts, {isAsMade: false});
}

/** Why an instance is of no use to anybody but what stands on it; undefined where it is. */
export function whyChanged({facts: {directory}}: Instance): string | undefined {
  return exists(markOf(directory)) ? 'what stood on it has changed it' : undefined;
}

/** A place is never made anew: what was kept of it for one would be there for the next. */
function isReset({type, facts: {settings}}: Instance): boolean {
  const isPlace = type.places?.(settings, settings.maximum) !== undefined;
  return settings.reset === 'auto' && type.capabilities(settings).reset && !isPlace;
}

function markOf(directory: string): string {
  return `${directory}/changed`;
}
