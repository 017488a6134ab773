// The list of all types.
//
// To add a type: write lib/source/NAME.ts (sim.ts shows all that there is to it), add it below, and add its
// configuration to test/lib/source/contract/kinds.ts. test/lib/source/registry.test.ts notices what is forgotten.

import {chroot} from './chroot.js';
import {command} from './command.js';
import {container} from './container.js';
import {findExternal} from './external.js';
import {loadModule} from './module.js';
import {local} from './local.js';
import {pool} from './pool.js';
import {lxc} from './lxc.js';
import {schroot} from './schroot.js';
import {ssh} from './ssh.js';
import {sim} from './sim.js';
import {slurm} from './slurm.js';
import type {SourceType} from './source.js';

export const types: readonly SourceType[] = [
  local,
  pool,
  sim,
  chroot,
  schroot,
  ssh,
  container,
  lxc,
  slurm,
  command,
];

/** All types that a caller has: those of the program, executables on the PATH, and modules by their path. */
export class Types {
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #found = new Map<string, SourceType | undefined>();

  constructor(env: Readonly<Record<string, string | undefined>>) {
    this.#env = env;
  }

  find(name: string): SourceType | undefined {
    const own = types.find((type) => type.name === name);
    if (own !== undefined) return own;
    if (!this.#found.has(name)) {
      this.#found.set(name, loadModule(name) ?? findExternal(name, this.#env));
    }
    return this.#found.get(name);
  }

  keysOf(name: string): SourceType['keys'] | undefined {
    return this.find(name)?.keys;
  }

  names(): readonly string[] {
    return types.map(({name}) => name);
  }
}
