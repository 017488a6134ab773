// The outputs of a job: files of its instance that were kept when it ended.

import {CrcacheError} from '../../errors.js';
import type {Cache} from '../cache.js';
import {fileOf, titleOf, type Job} from './job.js';
import {lookAt} from './look.js';
import {askThere, placeOf} from './there.js';

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
  const {status} = await askThere(cache, job, ['[ -e "$1/output/$2" ]', placeOf(job), name]);
  if (status === 0) return;
  const hint = `crcache output --stderr ${title}`;
  throw new CrcacheError('not-found', `output '${name}' of '${title}' could not be kept`, hint);
}

/** The names of what a job is to leave. */
export function namesOfOutputs({directory}: Job): string[] {
  const lines = fileOf(directory, 'outputs')?.split('\n') ?? [];
  return lines.map((line) => line.split('=', 1)[0] ?? '').filter((name) => name !== '');
}
