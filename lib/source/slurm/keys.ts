// The keys of Slurm's allocations.

import {count, duration, path, text, type SettingsOf} from '../../keys.js';
import type {InstanceFacts} from '../source.js';
import {variables} from '../variables.js';
import {words} from '../words.js';

export const keys = {
  partition: text(
    'the partition to allocate in; that of the cluster unless given',
    undefined,
    'NAME',
  ),
  time: duration('how long an allocation may last; as the partition says unless given'),
  args: words('more words for salloc, quoted as in sh: --cpus-per-task 4 --comment "a build"'),
  slurm_timeout: count('how many seconds Slurm and its nodes have to answer', 20, 1),
  cwd: path('where commands start; the home unless given'),
  env: variables,
};

export type Slurm = SettingsOf<typeof keys>;
export type SlurmInstance = InstanceFacts<Slurm>;
