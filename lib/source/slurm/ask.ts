// How Slurm is asked: within a bounded time, and with its failures told as what they are.

import {CrcacheError} from '../../errors.js';
import {watcherKey, wayKey} from '../../processes.js';
import type {Ask, SourceFacts, ToolAnswer} from '../source.js';
import type {Slurm, SlurmInstance} from './keys.js';

export type Facts = SlurmInstance | SourceFacts<Slurm>;

/**
 * How a program of Slurm's is called in sh: without what the caller's environment says to it, which may be in a job of
 * its own, or has defaults for listings. What a watcher or a run script calls is known as that.
 */
export const bare = [
  'env -i',
  ...[
    ...['PATH', 'HOME', 'LD_LIBRARY_PATH', 'SLURM_CONF', 'SLURM_JWT'],
    ...['CRCACHE_RUN_WATCHER', watcherKey, wayKey],
  ].map((name) => `\${${name}+"${name}=$${name}"}`),
].join(' ');

/** What Slurm's programs say where their controller does not. */
const silent = /unable to contact slurm controller|socket timed out|connection refused/i;

/** Asks one of Slurm's programs; a status that is not 0 is an answer, unless it is the controller that does not. */
export async function askSlurm(
  {settings, surroundings}: Facts,
  program: string,
  words: readonly string[],
): Promise<ToolAnswer> {
  const seconds = settings.slurm_timeout;
  const call = ['sh', '-c', `exec ${bare} "$@"`, 'sh', program, ...words];
  const limit = ['-k', '1', String(seconds), ...call];
  const answer = await surroundings.askTool('timeout', limit, {timeoutMs: (seconds + 10) * 1000});
  if (answer.status === 124) throw noAnswer(`no answer within ${String(seconds)} s`);
  return heard(program, answer);
}

/** An answer that is one. */
export function heard(program: string, answer: ToolAnswer): ToolAnswer {
  if (answer.status === 127) {
    throw new CrcacheError(
      'failed',
      `there is no program '${program}'`,
      'apt-get install slurm-client',
    );
  }
  if (answer.status !== 0 && silent.test(answer.stderr)) throw noAnswer(lastLine(answer.stderr));
  return answer;
}

/** Why this machine has no cluster to ask. */
export async function silence(ask: Ask): Promise<string | undefined> {
  const {status, stderr} = await ask('timeout', ['5', 'sinfo', '--noheader']);
  if (status === 0) return undefined;
  return `the controller does not answer: ${status === 124 ? 'not within 5 s' : lastLine(stderr)}`;
}

function noAnswer(why: string): CrcacheError {
  return new CrcacheError(
    'failed',
    `the controller of Slurm does not answer: ${why}`,
    'scontrol ping shows which controllers there are',
  );
}

/** Has one of Slurm's programs do something, which must succeed; the value is what it prints. */
export async function tellSlurm(
  facts: Facts,
  program: string,
  words: readonly string[],
): Promise<string> {
  const {status, stdout, stderr} = await askSlurm(facts, program, words);
  if (status === 0) return stdout;
  throw new CrcacheError('failed', `'${program}': ${lastLine(stderr)}`);
}

/** The last line that a program says, without its name. */
export function lastLine(text: string): string {
  const line = text.trim().split('\n').at(-1) ?? '';
  return line.replace(/^(?:s[a-z]+: )?(?:(?:error|fatal): )?/, '') || 'it does not say why';
}
