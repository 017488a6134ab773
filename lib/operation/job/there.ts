// Runs a script where a job is: here, where its files are those of this machine, else in its instance.

import {dirname} from 'node:path';
import {askProgram, runInForeground} from '../../exec.js';
import type {Cache} from '../cache.js';
import {liesHere, type Job} from './job.js';

export interface Start {
  readonly program: string;
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** The directory of a job where its scripts run. */
export function placeOf({where, directory}: Job): string {
  return where ?? directory;
}

/** What a script prints; the status of one that could not be run there is 125. */
export function askThere(
  cache: Cache,
  job: Job,
  [script, ...words]: readonly [string, ...string[]],
): Promise<{status: number; stdout: string; stderr: string}> {
  const {program, words: all, ...options} = startThere(cache, job, [script, ...words]);
  return askProgram(program, all, options);
}

/** Runs a script with our own stdout; the value is its status. */
export function passThere(
  cache: Cache,
  job: Job,
  [script, ...words]: readonly [string, ...string[]],
): Promise<number> {
  const {program, words: all, ...options} = startThere(cache, job, [script, ...words]);
  return runInForeground(program, all, options);
}

/**
 * What is to be started so that a script runs there, also in an instance that is being released: its run script is asked,
 * and not who may use it.
 */
export function startThere(
  cache: Cache,
  job: Job,
  [script, ...words]: readonly [string, ...string[]],
): Start {
  const command = ['sh', '-c', script, 'crcache-job', ...words];
  const {env, cwd} = cache.caller;
  if (liesHere(cache, job)) return {program: 'sh', words: command.slice(1), env, cwd};
  const asked = {
    CRCACHE_RUN_TERMINAL: 'off',
    CRCACHE_RUN_INSIDE: `${job.instance} plain`,
    ...(job.user === undefined ? {} : {CRCACHE_RUN_USER: job.user}),
  };
  return {program: runScriptOf(job), words: command, env: {...env, ...asked}, cwd};
}

/** An instance's directory is that above the directory of its jobs. */
const runScriptOf = ({directory}: Job): string => `${dirname(dirname(directory))}/run`;
