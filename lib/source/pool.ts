// Instances of other sources, under one name. An instance of a pool stands on one of theirs and hands on its ways;
// what is to be done to that one (end, reset, discard) is done where it belongs, when it is released.

import {readText} from '../files.js';
import {list, required} from '../keys.js';
import {endLocalProcesses} from './local-processes.js';
import {scriptAround} from './run-script.js';
import {quote} from '../quote.js';
import {defineType, type InstanceFacts} from './source.js';

export const pool = defineType({
  name: 'pool',
  summary: 'instances of other sources, under one name',
  keys: {
    sources: required(list('the sources to take instances from, in order of preference')),
  },
  capabilities: () => ({
    isolation: 'none',
    sharesFiles: true,
    reset: false,
    survivesReboot: true,
    imports: 'copy',
    root: 'caller',
    network: 'shared',
    reboot: false,
    park: false,
  }),
  standsOn: ({sources}) => sources,
  leavesBelow: () => true,
  identify: () => ({}),
  make: () => Promise.resolve({}),
  runScript: (instance) =>
    scriptAround(
      instance,
      // Read by the same shell: a shell of its own for each pool of pools would cost as much as the command.
      `crcache_upper=$CRCACHE_INSTANCE crcache_way=${quote(`${backingOf(instance)}/run`)}
[ -r "$crcache_way" ] || crcache_fail 'what it stands on is gone'
. "$crcache_way"`,
    ),
  probe: (instance) =>
    Promise.resolve(Number(readText(`${backingOf(instance)}/concurrency`) ?? '1')),
  check: () => Promise.resolve(true),
  checkpoint: () => Promise.resolve(),
  endAll: endLocalProcesses,
  reset: () => Promise.resolve(),
  discard: () => Promise.resolve(),
  list: () => Promise.resolve([]),
});

function backingOf({name, backing}: InstanceFacts): string {
  if (backing === undefined) throw new Error(`${name} stands on nothing`);
  return backing;
}
