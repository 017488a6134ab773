// How many cores a process of this machine can really use.

import {availableParallelism} from 'node:os';
import {readText} from '../files.js';

/** The cores of this machine that the affinity and the quota of our control group leave us; at least 1. */
export function effectiveCores(): number {
  const quotas = [quotaOfVersion2(), quotaOfVersion1()].filter((quota) => quota !== undefined);
  return Math.max(1, Math.ceil(Math.min(availableParallelism(), ...quotas)));
}

function quotaOfVersion2(): number | undefined {
  const group = /^0::(.*)$/m.exec(readText('/proc/self/cgroup') ?? '')?.[1] ?? '/';
  const text = readText(`/sys/fs/cgroup${group}/cpu.max`) ?? readText('/sys/fs/cgroup/cpu.max');
  const [quota, period] = text?.trim().split(' ').map(Number) ?? [];
  return share(quota, period);
}

function quotaOfVersion1(): number | undefined {
  const quota = readText('/sys/fs/cgroup/cpu/cpu.cfs_quota_us');
  const period = readText('/sys/fs/cgroup/cpu/cpu.cfs_period_us');
  return quota === undefined ? undefined : share(Number(quota), Number(period));
}

/** 'max' (not a number) and -1 are no quota. */
function share(quota = NaN, period = NaN): number | undefined {
  return quota > 0 && period > 0 ? quota / period : undefined;
}
