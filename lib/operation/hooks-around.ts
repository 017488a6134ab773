// The hooks before and after a command, of the instance that it runs in and of all that this stands on.

import {CrcacheError} from '../errors.js';
import type {Cache} from './cache.js';
import {runPhase} from './hooks.js';
import {levelsOf, type Instance} from './instance.js';

/** The status that the hooks after a command are told where it was never run. */
export const notRun = 125;

export interface Begun {
  /** Whose hooks were begun, in their order; only they are owed those after the command. */
  readonly levels: readonly Instance[];
  /** What failed; the command is not run then. */
  readonly failure: CrcacheError | undefined;
}

/** Runs the hooks of pre-run.d, those of what the instance stands on first. */
export async function hooksBefore(
  cache: Cache,
  instance: Instance,
  {words, abort}: {words: readonly string[]; abort?: AbortSignal},
): Promise<Begun> {
  const levels: Instance[] = [];
  for (const level of levelsOf(cache, instance).reverse()) {
    levels.push(level);
    const moment = {phase: 'pre-run', command: {words}, abort} as const;
    const failure = await failureOf(() => runPhase(cache, level, moment));
    if (failure !== undefined) return {levels, failure};
  }
  return {levels, failure: undefined};
}

/** Runs the hooks of post-run.d, the other way round; all levels get theirs, whatever fails. */
export async function hooksAfter(
  cache: Cache,
  levels: readonly Instance[],
  command: {words: readonly string[]; status: number},
): Promise<CrcacheError[]> {
  const failures: CrcacheError[] = [];
  for (const level of [...levels].reverse()) {
    const failure = await failureOf(() => runPhase(cache, level, {phase: 'post-run', command}));
    if (failure !== undefined) failures.push(failure);
  }
  return failures;
}

export async function failureOf(act: () => Promise<void>): Promise<CrcacheError | undefined> {
  try {
    await act();
    return undefined;
  } catch (error) {
    if (error instanceof CrcacheError) return error;
    throw error;
  }
}
