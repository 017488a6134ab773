// The keys of containers, and where things of an instance are.
//
// In the instance's directory: `pid`, the container's first process with its start time, where that is one of this
// machine's that we may end; `image`, what it is made from, and to which reset brings it back.

import {choice, KeyProblem, requiredUnless, shellWords, text, type SettingsOf} from '../../keys.js';
import type {InstanceFacts} from '../source.js';
import {variables} from '../variables.js';
import {wholePath} from '../whole-path.js';
import {words} from '../words.js';

export const containerKeys = {
  image: requiredUnless(['rootfs', 'provision_command'], {
    ...text('the image that containers are made from', undefined, 'IMAGE'),
    parse(given: string): string {
      if (!given.startsWith('-')) return given;
      throw new KeyProblem('the name of an image');
    },
  }),
  rootfs: wholePath(
    'a tree that an image is made of: a directory, or an archive (tar, tar.gz, tar.zst …) of one; that image stays, and another is made when the tree has changed',
  ),
  engine: {
    ...choice(
      'what runs them; auto takes the first that answers',
      ['auto', 'docker', 'podman'],
      'auto',
    ),
    alias: 'program',
  },
  args: words('more words for its run, quoted as in sh: --memory 1g --env "A=b c"'),
  user: text('whom commands run as, unless they say; the user of the image unless given'),
  env: variables,
  cwd: text('the directory where commands start; the home of their user unless given'),
  provision_command: text(
    'makes a tree in the empty directory %{root}, for an image that is an instance alone’s',
    undefined,
    'COMMAND',
  ),
  run_command: shellWords(
    'runs the words after it in the container, in the place of the engine’s own: docker exec -i %{id}',
  ),
};

export type Container = SettingsOf<typeof containerKeys>;
export type ContainerInstance = InstanceFacts<Container>;
