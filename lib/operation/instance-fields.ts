// What is to be known of an instance, by the keys of --json, --format and show-instance. The keys are stable, and
// named as the files of the instance's directory are.

import {parseInstanceName} from '../instance.js';
import type {Fields} from '../output/value.js';
import {formatTime} from '../time.js';
import type {InstanceView} from './view-instance.js';

export const instanceFields = {
  name: {summary: 'its name', read: ({name}) => name},
  source: {summary: 'its source', read: ({source}) => source.name},
  type: {summary: "its source's type", read: ({source}) => source.type.name},
  slot: {summary: 'its number', read: ({name}) => parseInstanceName(name)?.slot ?? null},
  state: {summary: 'its state', read: ({place}) => place.state},
  entered: {
    summary: 'when it entered its state',
    read: ({entered}) => (entered === undefined ? null : formatTime(entered)),
  },
  'worker-pid': {
    summary: 'the process that is at work on it',
    read: ({worker}) => worker?.pid ?? null,
  },
  'worker-host': {summary: 'where that runs', read: ({worker}) => worker?.host ?? null},
  'worker-fate': {
    summary: 'whether that is alive, dead or unknown',
    read: ({worker, source}) =>
      worker === undefined ? null : source.state.around.workshop.fateOf(worker),
  },
  lease: {summary: 'the id of the lease that holds it', read: ({lease}) => lease?.id ?? null},
  holder: {
    summary: 'who holds it: a user, or INSTANCE#INCARNATION for one that stands on it',
    read: ({lease}) => lease?.holder ?? null,
  },
  user: {summary: 'the user who acquired it', read: ({lease}) => lease?.user ?? null},
  'lease-host': {summary: 'the host where that was', read: ({lease}) => lease?.host ?? null},
  command: {summary: 'the command that acquired it', read: ({lease}) => lease?.command ?? null},
  cwd: {summary: 'the directory where that ran', read: ({lease}) => lease?.cwd ?? null},
  since: {summary: 'when it was acquired', read: ({lease}) => lease?.since ?? null},
  until: {summary: 'when the lease ends', read: ({lease}) => lease?.until ?? null},
  'for-pid': {
    summary: 'the process that the lease ends with',
    read: ({lease}) => lease?.forProcess?.pid ?? null,
  },
  created: {summary: 'when it was made', read: (view) => view.line('created') ?? null},
  age: {summary: 'the seconds since then', read: ageSeconds},
  used: {
    summary: 'when it was last acquired or released',
    read: (view) => view.lease?.since ?? view.line('used') ?? null,
  },
  uses: {summary: 'how often it was acquired', read: (view) => view.number('uses') ?? null},
  host: {
    summary: 'the host that it is, by its name or address',
    read: ({host}) => host ?? null,
  },
  backing: {
    summary: 'the instance that it stands on',
    read: (view) => view.line('backing') ?? null,
  },
  imports: {
    summary: 'the directories that are imported, as REMOTE=LOCAL',
    read: ({imports}) => imports.map(({remote, local}) => `${remote}=${local}`).join(', ') || null,
  },
  concurrency: {
    summary: 'how many things may run in it at once',
    read: (view) => view.number('concurrency') ?? null,
  },
  incarnation: {
    summary: 'which making of the name it is',
    read: (view) => view.line('incarnation') ?? null,
  },
  config: {
    summary: 'the hash of what it was made from',
    read: ({configName}) => configName ?? null,
  },
  directory: {summary: 'its files', read: ({directory}) => directory},
} satisfies Fields<InstanceView>;

function ageSeconds(view: InstanceView): number | null {
  const created = Date.parse(view.line('created') ?? '');
  const now = view.cache.around.now().getTime();
  return Number.isNaN(created) ? null : Math.max(0, Math.floor((now - created) / 1000));
}
