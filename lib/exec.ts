// The one door to other programs. execa is loaded when the first one is run: most commands run none.

import {constants} from 'node:os';
import {CrcacheError, hasCode} from './errors.js';

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
  if (result.signal === undefined) throw cannotRun(program, result.cause);
  return 128 + constants.signals[result.signal];
}

/** The failure of a program that was found and yet did not start. */
function cannotRun(program: string, cause: unknown): Error {
  if (hasCode(cause, 'ENOENT')) {
    // The file is there: what is not is what its first line names.
    return new CrcacheError('failed', `cannot run '${program}': its interpreter is missing`);
  }
  if (hasCode(cause, 'EACCES', 'E2BIG', 'ETXTBSY')) {
    return new CrcacheError('failed', `cannot run '${program}': ${String(cause.code)}`);
  }
  return new Error(`cannot run '${program}'`, {cause});
}
