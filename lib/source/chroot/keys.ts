// The keys of a chroot source, and where things of an instance are.
//
// An instance is one directory, DIRECTORY/STORE/NAME.INCARNATION:
//   root      what its commands see as /; an overlay is mounted there in the instance's own namespace alone
//   upper, work, layer    of an overlay: what was written since the checkpoint, and up to it
//   checkpoint            of the other methods: the tree to which reset brings it back
//   holder    the process that keeps its namespace: pid, start time, and the namespace
//   import-NONCE  what is written over an overlay import
// Beside them, golden-HASH is what an archive was unpacked to, for all instances.

import {dirname} from 'node:path';
import {choice, KeyProblem, list, path, requiredUnless, text, type SettingsOf} from '../../keys.js';
import {ownIds} from '../../processes.js';
import type {InstanceFacts, SourceFacts} from '../source.js';
import {variables} from '../variables.js';

const namespaces = ['mount', 'pid', 'ipc', 'uts', 'net'] as const;

const words = list('what it has of its own', ['mount'], `${namespaces.join('|')},...`);

export const chrootKeys = {
  root: requiredUnless(
    'provision_command',
    path('the golden tree: a directory, or an archive (tar, tar.gz, tar.zst …) of one'),
  ),
  method: choice(
    'how a tree is made from it; auto takes the best that works here',
    ['auto', 'overlay', 'btrfs', 'reflink', 'copy'],
    'auto',
  ),
  directory: path('where its instances are; beside the state directory unless given'),
  user: text('whom commands run as, unless they say', 'root', 'USER'),
  env: variables,
  cwd: path('the directory where commands start; the home of their user unless given'),
  isolate: {
    ...words,
    parse(given: string): readonly string[] {
      const parsed = words.parse(given);
      if (parsed.every((word) => namespaces.some((known) => known === word))) return parsed;
      throw new KeyProblem(`words of ${namespaces.join(', ')}`);
    },
  },
  provision_command: text(
    'makes the tree in the empty directory %{root}, instead of one from root=',
    undefined,
    'COMMAND',
  ),
  run_command: text(
    'runs the words after it in the tree %{root}, as in: chroot %{root}',
    undefined,
    'COMMAND',
  ),
};

export type Chroot = SettingsOf<typeof chrootKeys>;
export type ChrootInstance = InstanceFacts<Chroot>;

/** The directory of all instances of a state directory. */
export function backendOf({
  settings,
  surroundings,
  storeId,
}: SourceFacts<Chroot> | ChrootInstance): string {
  const directory = settings.directory ?? `${dirname(surroundings.stateDirectory)}/crcache-chroot`;
  return `${directory}/${storeId}`;
}

/** The directory of an instance. */
export function pathOf(instance: ChrootInstance): string {
  const {name, incarnation, handle} = instance;
  return handle['path'] ?? `${backendOf(instance)}/${name}.${incarnation}`;
}

/** Whether this is an ordinary user, who needs a user namespace for what root can do. */
export function isOrdinaryUser(): boolean {
  return ownIds().uid !== 0;
}

/** What commands that run as an ordinary user's root are led by: owners and modes are then as root sees them. */
export function asRoot(): readonly string[] {
  return isOrdinaryUser() ? ['unshare', '--user', '--map-root-user', '--'] : [];
}
