// run-hooks: the hooks of one phase for one instance, by hand.

import {CrcacheError} from '../errors.js';
import {hooksOf, isOnTheWayUp, phases, runHooks, type Phase} from '../hook/run-hooks.js';
import {hookFiles, type HookFile} from '../hook/hook-files.js';
import type {Cache} from './cache.js';
import {homeOfHooks, hookRun} from './hooks.js';
import {hookDirectory, levelsOf, readInstance, type Instance} from './instance.js';
import {wake} from './park.js';
import {findInstance} from './resolve.js';

export {phases, type Phase};

/** The hooks of one level of an instance: its own, or those of what it stands on. */
export interface HooksOfLevel {
  readonly instance: string;
  readonly directory: string;
  readonly hooks: readonly HookFile[];
}

/** What would be run, in order. */
export function listHooks(cache: Cache, word: string, phase: Phase): HooksOfLevel[] {
  return levelsFor(cache, word, phase).map((instance) => {
    const directory = hooksOf(hookDirectory(instance) ?? '', phase);
    const original = hooksOf(homeOfHooks(instance) ?? hookDirectory(instance) ?? '', phase);
    const hooks = hookFiles(directory, cache.caller.env, original);
    return {instance: instance.name, directory, hooks};
  });
}

/** Runs them one by one, and tells how long each took. The instance stays in the state that it is in. */
export async function runHooksOf(
  cache: Cache,
  {word, phase}: {word: string; phase: Phase},
  tell: (took: {instance: string; hook: string; ms: number}) => void = () => undefined,
): Promise<void> {
  for (const instance of levelsFor(cache, word, phase)) {
    const run = hookRun(cache, instance, {phase});
    await wake(cache, instance);
    try {
      await runHooks(run, (hook, ms) => {
        tell({instance: instance.name, hook, ms});
      });
    } catch (error) {
      if (!(error instanceof CrcacheError && error.kind === 'hook')) throw error;
      throw new CrcacheError('hook', error.message, error.hint ?? `its output is in ${run.log}`);
    }
  }
}

/** On the way up what an instance stands on comes first, on the way down last. */
function levelsFor(cache: Cache, word: string, phase: Phase): Instance[] {
  const {name, source} = findInstance(cache, word);
  const levels = levelsOf(cache, readInstance(cache, source, name));
  return isOnTheWayUp(phase) ? levels.reverse() : levels;
}
