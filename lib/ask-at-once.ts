// A program's answer, where nothing can go on before it has come.

import {constants} from 'node:os';
import {CrcacheError, hasCode} from './errors.js';
import type {Answer} from './exec.js';
import {cannotRun} from './tool-answer.js';
import {late} from './late.js';
import {sendSignal} from './processes.js';

export interface AtOnceOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
  /** It is the first of a group of its own, which is killed where it gives no answer. */
  readonly leadsGroup?: boolean;
}

/** What a program answers; it has no stdin. */
export function askAtOnce(
  program: string,
  words: readonly string[],
  {env, timeoutMs, leadsGroup = false}: AtOnceOptions,
): Answer {
  const {spawnSync} = late('node:child_process');
  const result = spawnSync(program, words, {
    ...{env: {...env}, timeout: timeoutMs, encoding: 'utf8', detached: leadsGroup},
    ...(leadsGroup ? {killSignal: 'SIGKILL'} : {}),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (result.error !== undefined && leadsGroup && result.pid > 0)
    sendSignal(-result.pid, 'SIGKILL');
  if (hasCode(result.error, 'ETIMEDOUT')) {
    const seconds = String(timeoutMs / 1000);
    throw new CrcacheError('failed', `'${program}' did not end within ${seconds} s`);
  }
  if (hasCode(result.error, 'ENOBUFS'))
    throw new CrcacheError('failed', `'${program}' printed more than 1 MiB`);
  if (result.error !== undefined) throw cannotRun(program, result.error);
  const status = result.status ?? 128 + constants.signals[result.signal ?? 'SIGKILL'];
  return {status, stdout: result.stdout, stderr: result.stderr};
}
