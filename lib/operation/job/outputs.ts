// The outputs of a job: files of its instance that were kept when it ended.

import {CrcacheError} from '../../errors.js';
import type {Cache} from '../cache.js';
import {fileOf, titleOf, type Job} from './job.js';
import {lookAt} from './look.js';
import {printOutput, unreadable} from './scripts.js';
import {askThere, passThere, placeOf} from './there.js';

/** Fails where a job has no such output, and says which it has. */
export async function requireOutput(cache: Cache, job: Job, name: string): Promise<void> {
  const title = titleOf(cache, job);
  const names = namesOfOutputs(job);
  if (!names.includes(name)) {
    const hint =
      names.length === 0 ? 'crcache run -d --output NAME=PATH' : `it has ${names.join(', ')}`;
    throw new CrcacheError('not-found', `'${title}' has no output '${name}'`, hint);
  }
  const [view] = await lookAt(cache, [job]);
  if (view?.state === 'running') {
    const hint = `crcache wait ${title}`;
    throw new CrcacheError('not-found', `'${title}' has no output before it has ended`, hint);
  }
  const {status, stderr} = await askThere(cache, job, [look, placeOf(job), name]);
  const output = `output '${name}' of '${title}'`;
  if (status === 0) return;
  if (status === nothing) {
    const hint = `crcache output --stderr ${title}`;
    throw new CrcacheError('not-found', `${output} could not be kept`, hint);
  }
  if (status === directory) {
    const [instance = ''] = title.split('/');
    const hint = `crcache cp ${instance}:${placeOf(job)}/output/${name} DIR`;
    throw new CrcacheError('failed', `${output} is a directory`, hint);
  }
  throw new CrcacheError('failed', `cannot look for ${output}: ${lastLine(stderr)}`);
}

const [nothing, directory] = [3, 4];

const look = `
[ -e "$1/output/$2" ] || exit ${String(nothing)}
[ ! -d "$1/output/$2" ] || exit ${String(directory)}
`;

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';

/** Prints what a job has written to one of its files so far; where it is followed, until the job has ended. */
export async function passOutput(
  cache: Cache,
  job: Job,
  {file, follows}: {file: string; follows: boolean},
): Promise<number> {
  const words = [printOutput, placeOf(job), file, ...(follows ? ['follow'] : [])] as const;
  const status = await passThere(cache, job, words);
  if (status !== unreadable) return status;
  const title = titleOf(cache, job);
  throw new CrcacheError('failed', `what '${title}' has printed is not there`);
}

/** The names of what a job is to leave. */
export function namesOfOutputs({directory}: Job): string[] {
  const lines = fileOf(directory, 'outputs')?.split('\n') ?? [];
  return lines.map((line) => line.split('=', 1)[0] ?? '').filter((name) => name !== '');
}
