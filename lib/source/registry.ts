// The list of all types.
//
// To add a type: write lib/source/NAME.ts (sim.ts shows all that there is to it), add it below, and add its
// configuration and one call to test/lib/source/. test/lib/source/registry.test.ts notices what is forgotten.

import {local} from './local.js';
import {pool} from './pool.js';
import {sim} from './sim.js';
import type {SourceType} from './source.js';

export const types: readonly SourceType[] = [local, pool, sim];

export function findType(name: string): SourceType | undefined {
  return types.find((type) => type.name === name);
}
