// Several jobs as one: what came of all of them.

import type {Cache} from '../cache.js';
import {findSession} from '../stream/session.js';
import {fileOf} from './job.js';
import type {JobView} from './look.js';

export interface JobSetView {
  /** Whether one of them runs. */
  readonly active: boolean;
  /** Whether all have ended with status 0. */
  readonly success: boolean;
  /** For each stream, or instance outside of streams, the outputs by name: the job that has each. */
  readonly outputs: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export function viewJobSet(cache: Cache, views: readonly JobView[]): JobSetView {
  const session = findSession(cache);
  const outputs: Record<string, Record<string, string>> = {};
  for (const {job, status} of views) {
    const place = session?.streamOf(job.instance) ?? job.instance;
    const own = (outputs[place] ??= {});
    if (status === undefined) continue;
    for (const line of fileOf(job.directory, 'outputs')?.split('\n') ?? []) {
      const [name = ''] = line.split('=');
      if (name !== '') own[name] = job.name;
    }
  }
  return {
    active: views.some(({state}) => state === 'running'),
    success: views.every(({status}) => status === 0),
    outputs,
  };
}
