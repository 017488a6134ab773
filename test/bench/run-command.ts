// What a command in an instance costs, beside the smallest thing that runs one at all, and what its streams do.

import type {Sandbox} from '../helpers/sandbox.js';
import {acquireKind, kinds} from '../lib/source/contract/kinds.js';
import {timeOfTenCalls, wallTimeOf, type Cost, type Row, type Topic} from './measure.js';

export const runCommand: Topic = {
  name: 'run-command',
  async rows(t) {
    const rows: Row[] = [];
    // Where something has to be made first, commands are measured beside the tool of that kind.
    for (const kind of kinds.filter(({before}) => before === undefined)) {
      const name = await acquireKind(t, kind);
      rows.push({
        what: `crcache run NAME true: ${kind.name}`,
        against: 'sh -c true',
        bound: 3,
        runs: 20,
        cost: timeOfTenCalls(t, ['crcache', 'run', name, 'true']),
        otherCost: timeOfTenCalls(t, ['sh', '-c', 'true']),
      });
    }
    const name = await acquireKind(t, {
      name: 'flow',
      source: 'flow',
      sources: {flow: ['type=sim']},
    });
    return [
      ...rows,
      {
        what: '256 MiB by crcache run NAME cat',
        against: 'cat',
        bound: 1.1,
        runs: 5,
        cost: flowThrough(t, ['crcache', 'run', name, 'cat']),
        otherCost: flowThrough(t, ['cat']),
      },
      {
        what: '256 MiB by crcache run --log',
        against: 'cat | tee FILE',
        bound: 2,
        runs: 5,
        cost: flowThrough(t, ['crcache', 'run', '--log', name, 'cat']),
        otherCost: flowThrough(t, ['sh', '-c', 'cat | tee copy']),
      },
    ];
  },
};

/** The wall time of 256 MiB on their way through a command. */
function flowThrough(t: Sandbox, words: readonly string[]): Cost {
  const line = 'head -c 256M /dev/zero | "$@" | cat >/dev/null';
  return wallTimeOf(t, ['sh', '-c', line, 'sh', ...words]);
}
