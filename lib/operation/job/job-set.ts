// Several jobs as one: what came of all of them.

import type {JobView} from './look.js';
import {namesOfOutputs} from './outputs.js';

export interface JobSetView {
  /** Whether one of them runs. */
  readonly active: boolean;
  /** Whether all have ended with status 0. */
  readonly success: boolean;
  /** For each stream, or instance outside of streams, the outputs by name: the job that has each. */
  readonly outputs: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export function viewJobSet(views: readonly JobView[]): JobSetView {
  const outputs: Record<string, Record<string, string>> = {};
  for (const {job, stream, status} of views) {
    const place = stream ?? job.instance;
    const own = (outputs[place] ??= {});
    if (status === undefined) continue;
    for (const name of namesOfOutputs(job)) own[name] = job.name;
  }
  return {
    active: views.some(({state}) => state === 'running'),
    success: views.every(({status}) => status === 0),
    outputs,
  };
}
