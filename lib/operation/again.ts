// This program, started again: in the background, or as what comes after this process. It stands in the root, since a
// directory may be removed while it does, and asks from where this process asked.

import {startInBackground, startWatcher, type Watcher} from '../exec.js';
import {withAskedFrom} from './asked-from.js';
import type {Cache} from './cache.js';
import type {Caller} from './caller.js';

type Environment = Caller['env'];

/** Starts it in the background; it holds none of our streams. */
export async function startAgain(
  {caller}: Pick<Cache, 'caller'>,
  words: readonly string[],
  env: Environment = caller.env,
): Promise<void> {
  await startInBackground([...caller.program, ...words], again({...caller, env}));
}

/** Has gc done as soon as this process ends without having dismissed the watcher: for one source, or for all. */
export async function startHeir(
  {caller}: Pick<Cache, 'caller'>,
  source?: string,
): Promise<Watcher> {
  const which = source === undefined ? [] : ['-s', source];
  return startWatcher([...caller.program, ...which, 'gc', '-q'], again(caller));
}

function again({env, askedFrom}: Pick<Caller, 'env' | 'askedFrom'>): {
  env: Environment;
  cwd: string;
} {
  return {env: withAskedFrom(env, askedFrom), cwd: '/'};
}
