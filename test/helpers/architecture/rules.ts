// The rules that the code must keep, each a function from the sources to what breaks it.
//
// To add one: write its check (here, or in a file beside), add it to `rules`, and plant what breaks it
// in test/architecture.test.ts, which fails for a rule without a planted violation.

import {checkCycles, checkDoors, checkLayers} from './imports.js';
import type {Source} from './source.js';
import {checkExports, checkGlobals, checkParameters, checkSizes} from './syntax.js';

/** What is wrong, and where: 'lib/files.ts:12: …'. */
export type Violation = string;

export interface Rule {
  readonly name: string;
  /** Why there is such a rule; stands in the message of each failure. */
  readonly reason: string;
  readonly check: (sources: readonly Source[]) => readonly Violation[];
}

export const rules: readonly Rule[] = [
  {
    name: 'a file imports only from the layers below it',
    reason:
      'what is above can then be changed without looking below, and each layer is tested without those above it',
    check: checkLayers,
  },
  {
    name: 'each package has one door',
    reason:
      'its defaults are then corrected in one place, it can be exchanged there, and a start loads it only where it is used',
    check: checkDoors,
  },
  {
    name: 'there is no cycle of imports',
    reason: 'files of a cycle can only be read, tested and loaded together',
    check: checkCycles,
  },
  {
    name: 'nothing below cmd/main.ts uses process or console',
    reason:
      'all that comes from outside is in the context, which tests and other programs can make',
    check: checkGlobals,
  },
  {
    name: 'there are no default exports',
    reason: 'a thing has one name, wherever it is used',
    check: checkExports,
  },
  {
    name: 'files have at most 250 lines and functions at most 60',
    reason: 'what is longer has more than one topic: name the second one, and give it a place',
    check: checkSizes,
  },
  {
    name: 'functions have at most three parameters',
    reason: 'at a call with more of them nobody sees which is which: take an object',
    check: checkParameters,
  },
];

export function describeViolations(rule: Rule, violations: readonly Violation[]): string {
  return [`${rule.name}: ${rule.reason}`, ...violations].join('\n    ');
}
