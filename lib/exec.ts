// The one door to other programs. execa is loaded when the first one is run: most commands run none.

import {constants} from 'node:os';
import {kill} from 'node:process';
import {hasCode} from './errors.js';

export interface ForegroundOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** Runs a program with the caller's own streams; the value is its exit status, 128+n for a signal. */
export async function runInForeground(
  program: string,
  words: readonly string[],
  {env, cwd}: ForegroundOptions,
): Promise<number> {
  const {execa} = await import('execa');
  const result = await execa(program, words, {
    env: {...env},
    extendEnv: false,
    cwd,
    stdio: 'inherit',
    reject: false,
  });
  if (result.exitCode !== undefined) return result.exitCode;
  if (result.signal === undefined) throw new Error(`cannot run '${program}'`, {cause: result});
  return 128 + constants.signals[result.signal];
}

/** Sends a signal to a process, or with a negative pid to a group; one that is gone is fine. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    kill(pid, signal);
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw error;
  }
}
