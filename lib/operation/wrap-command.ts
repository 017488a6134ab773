// wrap-command: a command in an instance, with the hooks of all its levels around it.

import {constants} from 'node:os';
import {CrcacheError} from '../errors.js';
import {writeWhole} from '../files.js';
import {onSignals} from '../processes.js';
import {inside} from './around.js';
import type {Cache} from './cache.js';
import {runPhase} from './hooks.js';
import {levelsOf, type Instance} from './instance.js';
import {supervise, type Supervision} from './supervise.js';
import {usableInstance} from './usable.js';

/** The status of a command that was never run. */
const notRun = 125;

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
  const begun: Instance[] = [];
  let status = notRun;
  const interruption = new AbortController();
  // A signal ends the hooks before the command; those after it are brought to their end.
  const stopListening = onSignals(['SIGINT', 'SIGTERM', 'SIGHUP'], (signal) => {
    if (status === notRun) status = 128 + constants.signals[signal];
    interruption.abort();
  });
  const failures = await failuresOf(async () => {
    const {signal: abort} = interruption;
    for (const level of levelsOf(cache, instance).reverse()) {
      begun.push(level);
      await runPhase(cache, level, {phase: 'pre-run', command: {words}, abort});
    }
    if (abort.aborted) return;
    const start = {program: runScript, words, cwd, directory};
    const inner = {...env, ...inside(cache, instance, 'wrapper')};
    ({status} = await supervise({...start, env: inner}, supervision));
  });
  for (const level of begun.reverse()) {
    const command = {words, status};
    failures.push(
      ...(await failuresOf(() => runPhase(cache, level, {phase: 'post-run', command}))),
    );
  }
  stopListening();
  const [first, ...others] = failures;
  for (const {message} of others) cache.say(message);
  if (first === undefined) return status;
  if (status !== 0 && status !== notRun) {
    cache.say(first.message);
    return status;
  }
  tellWhy(env['CRCACHE_RUN_WHY']);
  throw first;
}

async function failuresOf(act: () => Promise<void>): Promise<CrcacheError[]> {
  try {
    await act();
    return [];
  } catch (error) {
    if (!(error instanceof CrcacheError)) throw error;
    return [error];
  }
}

/** Whoever wants to know whether a status is the command's is told, as run scripts tell it. */
function tellWhy(file: string | undefined): void {
  if (file !== undefined) writeWhole(file, 'crcache\n');
}
