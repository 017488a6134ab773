// What commands left in an instance, and goes when it is released: jobs, and directories that cp made.

import type {Cache} from './cache.js';
import {forgetCopies} from './copy/forget-copies.js';
import type {Instance} from './instance.js';
import {endJobs, forgetJobs, keepWished} from './job/keep-outputs.js';

/** Ends jobs, and brings home what was wished for, before all of it is removed. */
export async function clearOut(cache: Cache, instance: Instance): Promise<void> {
  await endJobs(cache, [instance.name]);
  await keepWished(cache, instance);
  await forgetJobs(cache, instance.name);
  await forgetCopies(cache, instance);
}
