// How many cores a process of this machine can really use.

import {availableParallelism} from 'node:os';
import {readText} from '../files.js';

/** The cores of this machine that the affinity and the quotas of our control groups leave us; at least 1. */
export function effectiveCores(): number {
  return Math.max(1, Math.ceil(Math.min(availableParallelism(), ...quotas())));
}

/**
 * The quotas, in cores, of the control groups that this process is in, from the inmost outwards: each is a bound.
 * `root`: where the files of the system are.
 */
export function quotas(root = ''): number[] {
  const groups = readText(`${root}/proc/self/cgroup`) ?? '';
  const version2 = `${root}/sys/fs/cgroup`;
  const version1 = `${version2}/cpu`;
  const all = [
    ...outwards(/^0::(.*)$/m.exec(groups)?.[1]).map((group) =>
      readText(`${version2}${group}/cpu.max`)?.trim().split(' '),
    ),
    ...outwards(/^[0-9]+:(?:[^:]*,)?cpu(?:,[^:]*)?:(.*)$/m.exec(groups)?.[1]).map((group) => [
      readText(`${version1}${group}/cpu.cfs_quota_us`),
      readText(`${version1}${group}/cpu.cfs_period_us`),
    ]),
  ];
  return all.flatMap((words) => share(...(words ?? []).map(Number)) ?? []);
}

/** A group, and each that it is in; the last one is the outmost, which is ''. */
function outwards(group = '/'): string[] {
  const parts = group.split('/').filter((part) => part !== '');
  return [...parts, ''].map((_, index) =>
    parts
      .slice(0, parts.length - index)
      .map((part) => `/${part}`)
      .join(''),
  );
}

/** 'max' (not a number) and -1 are no quota. */
function share(quota = NaN, period = NaN): number | undefined {
  return quota > 0 && period > 0 ? quota / period : undefined;
}
