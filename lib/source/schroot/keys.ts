// The keys of schroot's sources, and where things of an instance are.
//
// In the instance's directory: `begun`, whose time is that at which its session began; `checkpoint`, an archive of what
// has changed in it between that and its checkpoint, empty where nothing has.

import {KeyProblem, path, required, text, type SettingsOf} from '../../keys.js';
import type {InstanceFacts} from '../source.js';
import {variables} from '../variables.js';

const name = text(
  'the chroot that its sessions are of, as schroot --list has it',
  undefined,
  'NAME',
);

export const schrootKeys = {
  chroot: required({
    ...name,
    parse(given: string): string {
      const known = given.replace(/^chroot:/, '');
      if (/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(known)) return known;
      throw new KeyProblem('the name of a chroot');
    },
  }),
  user: text(
    'whom commands run as, unless they say; a user of this machine, and whoever calls unless given',
    undefined,
    'USER',
  ),
  env: variables,
  cwd: path('the directory where commands start; the home of their user unless given'),
};

export type Schroot = SettingsOf<typeof schrootKeys>;
export type SchrootInstance = InstanceFacts<Schroot>;

export function begunOf({directory}: SchrootInstance): string {
  return `${directory}/begun`;
}

export function checkpointOf({directory}: SchrootInstance): string {
  return `${directory}/checkpoint`;
}
