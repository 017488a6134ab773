// The keys of lxc's sources, and where things of an instance are.
//
// An instance is a container of its own directory, as LXC has them, DIRECTORY/STORE/ID, with the tree of files as
// lib/source/tree/tree.ts says, and
//   config    what LXC is told of it
//   pid       its first process, with its start time
//   monitor   whom LXC has watch over that
//   log       what LXC says where it fails
//   parked    there while it is stopped or frozen because nobody uses it
// Beside them, golden-HASH is what a template has made, for all instances.

import {
  choice,
  KeyProblem,
  path,
  repeated,
  requiredUnless,
  shellWords,
  text,
  type SettingsOf,
} from '../../keys.js';
import {backendIn, idOf} from '../ids.js';
import type {InstanceFacts, SourceFacts} from '../source.js';
import {variables} from '../variables.js';
import {wholePath} from '../whole-path.js';
import {words} from '../words.js';

export const lxcKeys = {
  rootfs: requiredUnless(
    ['template', 'provision_command'],
    wholePath('the golden tree: a directory, or an archive (tar, tar.gz, tar.zst …) of one'),
  ),
  template: words(
    'makes the golden tree once, by lxc-create: a template and its words, quoted as in sh: download -d debian -r trixie -a amd64',
  ),
  backing: choice(
    'how a tree is made from it: written over it, as a snapshot of btrfs, or as a copy',
    ['overlay', 'snapshot', 'dir'],
    'overlay',
  ),
  park: choice(
    'what is done with it while it is cached, so that it takes no cores (freeze) and no memory either (stop)',
    ['no', 'stop', 'freeze'],
    'no',
  ),
  directory: wholePath('where its instances are; beside the state directory unless given'),
  config: repeated({
    ...text(
      'a line of lxc.container.conf(5), after those of ours: a first process of its own by lxc.init.cmd, a network by lxc.net.0',
      undefined,
      'KEY = VALUE',
    ),
    parse(given: string): string {
      if (/^lxc\.(?!rootfs\.path)[a-z0-9._-]+\s*=/.test(given)) return given;
      throw new KeyProblem('a line of lxc.container.conf(5), but no lxc.rootfs.path');
    },
  }),
  user: text('whom commands run as, unless they say', 'root', 'USER'),
  env: variables,
  cwd: path('the directory where commands start; the home of their user unless given'),
  provision_command: text(
    'makes the tree in the empty directory %{root}, instead of one from rootfs=',
    undefined,
    'COMMAND',
  ),
  run_command: shellWords(
    'runs the words after it in the container, in the place of: lxc-attach -P %{containers} -n %{id} --',
  ),
};

export type Lxc = SettingsOf<typeof lxcKeys>;
export type LxcInstance = InstanceFacts<Lxc>;

/** The directory of all instances of a state directory. */
export function backendOf(facts: SourceFacts<Lxc> | LxcInstance): string {
  return backendIn(facts, 'crcache-lxc');
}

/** The directory of an instance. */
export function pathOf(instance: LxcInstance): string {
  return instance.handle['path'] ?? `${backendOf(instance)}/${idOf(instance)}`;
}

/** What says that it is parked. */
export function parkedFileOf(instance: LxcInstance): string {
  return `${pathOf(instance)}/parked`;
}

/** Where LXC itself notes its monitor. */
export function monitorFileOf(instance: LxcInstance): string {
  return `${pathOf(instance)}/monitor`;
}

/** Where its first process is noted. */
export function pidFileOf(instance: LxcInstance): string {
  return `${pathOf(instance)}/pid`;
}
