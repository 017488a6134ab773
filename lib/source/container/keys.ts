// The keys of containers, and where things of an instance are.
//
// In the instance's directory: `pid`, the container's first process with its start time, where that is one of this
// machine's that we may end; `checkpoint`, the image to which reset brings it back, where that is not the first one.

import {choice, required, text, type SettingsOf} from '../../keys.js';
import type {InstanceFacts} from '../source.js';
import {variables} from '../variables.js';

const list = text('more words for its run, as in: --memory 1g --network none', '', 'WORDS');

export const containerKeys = {
  image: required(text('the image that containers are made from', undefined, 'IMAGE')),
  engine: choice(
    'what runs them; auto takes the first that answers',
    ['auto', 'docker', 'podman'],
    'auto',
  ),
  args: list,
  user: text('whom commands run as, unless they say; the user of the image unless given'),
  env: variables,
  cwd: text('the directory where commands start; the home of their user unless given'),
};

export type Container = SettingsOf<typeof containerKeys>;
export type ContainerInstance = InstanceFacts<Container>;
