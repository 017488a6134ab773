// wrap-command: a command in an instance, with the hooks of all its levels around it.

import {constants} from 'node:os';
import {writeWhole} from '../files.js';
import {onSignals} from '../signals.js';
import {inside} from './around.js';
import type {Cache} from './cache.js';
import {tellFailure} from './fail-with.js';
import {failureOf, hooksAfter, hooksBefore, notRun} from './hooks-around.js';
import {supervise, type Supervision} from './supervise.js';
import {usableInstance} from './usable.js';

/**
 * Runs the hooks of pre-run.d, the command, and those of post-run.d, which are run whenever the others were begun. The
 * value is the command's status; where a hook failed and the command did not, what failed is thrown.
 */
export async function wrapCommand(
  cache: Cache,
  {instance: word, words}: {instance: string; words: readonly string[]},
  supervision: Supervision,
): Promise<number> {
  const {env, cwd} = cache.caller;
  const {instance, runScript} = usableInstance(cache, word);
  const {directory} = instance.facts;
  let status = notRun;
  const interruption = new AbortController();
  // A signal ends the hooks before the command; those after it are brought to their end.
  const stopListening = onSignals(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'], (signal) => {
    if (status === notRun) status = 128 + constants.signals[signal];
    interruption.abort();
  });
  const {signal: abort} = interruption;
  const {levels, failure} = await hooksBefore(cache, instance, {words, abort});
  // Whoever ended the hooks need not be told that they ended.
  const before = abort.aborted ? undefined : failure;
  const own = await failureOf(async () => {
    if (failure !== undefined || abort.aborted) return;
    const start = {program: runScript, words, cwd, directory};
    const inner = {...env, ...inside(cache, instance, 'wrapper')};
    ({status} = await supervise({...start, env: inner}, supervision));
  });
  const after = await hooksAfter(cache, levels, {words, status});
  stopListening();
  const [first, ...others] = [before, own, ...after].filter((each) => each !== undefined);
  for (const other of others) tellFailure(cache, other);
  if (first === undefined) return status;
  if (status !== 0 && status !== notRun) {
    tellFailure(cache, first);
    return status;
  }
  tellWhy(env['CRCACHE_RUN_WHY']);
  throw first;
}

/** Whoever wants to know whether a status is the command's is told, as run scripts tell it. */
function tellWhy(file: string | undefined): void {
  if (file !== undefined) writeWhole(file, 'crcache\n');
}
