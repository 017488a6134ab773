// What is asked of an allocation's first node, beside the commands that run there.

import {CrcacheError} from '../../errors.js';
import type {ToolAnswer} from '../source.js';
import {askSlurm} from './ask.js';
import {isRunning} from './allocation.js';
import type {SlurmInstance} from './keys.js';
import {nodeOf, onNode, stepWords} from './way.js';

/** Runs a line of sh on the node. srun says 0 where that has failed, too: what it prints is the proof. */
export function askNode(instance: SlurmInstance, line: string): Promise<ToolAnswer> {
  const [program = 'srun', ...words] = stepWords(instance);
  return askSlurm(instance, program, [...words, '/bin/sh', '-c', onNode, 'sh', line]);
}

/** Whether the allocation is there, and its node runs commands. */
export async function answers(instance: SlurmInstance): Promise<boolean> {
  if (!(await isRunning(instance))) return false;
  return (await askNode(instance, 'echo here')).stdout === 'here\n';
}

/**
 * Has a line of sh succeed on the node, if there is an allocation still; false where there is none. A step may be lost
 * without a word, on a busy machine: what may be repeated is said once more then.
 */
export async function tellNode(
  instance: SlurmInstance,
  line: string,
  {mayRepeat = false}: {mayRepeat?: boolean} = {},
): Promise<boolean> {
  const {stdout, stderr} = await askNode(instance, `(${line}\n) && echo done`);
  if (stdout.endsWith('done\n')) return true;
  if (!(await isRunning(instance))) return false;
  const said = stderr.trim();
  if (said === '' && mayRepeat) return tellNode(instance, line);
  const why = said === '' ? `node '${nodeOf(instance)}' does not answer` : said;
  throw new CrcacheError('failed', why);
}
