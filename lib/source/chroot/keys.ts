// The keys of a chroot source, and where things of an instance are.
//
// An instance is one directory, DIRECTORY/STORE/NAME.INCARNATION:
//   holder    the process that keeps its namespace: pid, start time, and the namespace
//   import-NONCE  what is written over an overlay import
// and what lib/source/tree/tree.ts says.

import {
  choice,
  KeyProblem,
  list,
  path,
  requiredUnless,
  shellWords,
  text,
  type SettingsOf,
} from '../../keys.js';
import {backendIn} from '../ids.js';
import type {InstanceFacts, SourceFacts} from '../source.js';
import {variables} from '../variables.js';
import {wholePath} from '../whole-path.js';

const namespaces = ['mount', 'pid', 'ipc', 'uts', 'net'] as const;

const words = list('what it has of its own', ['mount'], `${namespaces.join('|')},...`);

export const chrootKeys = {
  root: requiredUnless(
    ['provision_command'],
    wholePath('the golden tree: a directory, or an archive (tar, tar.gz, tar.zst …) of one'),
  ),
  method: choice(
    'how a tree is made from it; auto takes the best that works here',
    ['auto', 'overlay', 'btrfs', 'reflink', 'copy'],
    'auto',
  ),
  directory: wholePath('where its instances are; beside the state directory unless given'),
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
  run_command: shellWords('runs the words after it in the tree %{root}, as in: chroot %{root}'),
};

export type Chroot = SettingsOf<typeof chrootKeys>;
export type ChrootInstance = InstanceFacts<Chroot>;

/** The directory of all instances of a state directory. */
export function backendOf(facts: SourceFacts<Chroot> | ChrootInstance): string {
  return backendIn(facts, 'crcache-chroot');
}

/** The directory of an instance. */
export function pathOf(instance: ChrootInstance): string {
  const {name, incarnation, handle} = instance;
  return handle['path'] ?? `${backendOf(instance)}/${name}.${incarnation}`;
}
