// What a command in an instance costs, beside the smallest thing that runs one at all.

import {acquireKind, kinds} from '../lib/source/contract/kinds.js';
import {wallTimeOf, type Topic} from './measure.js';

export const runCommand: Topic = {
  name: 'run-command',
  async rows(t) {
    const rows = [];
    // Where something has to be made first, commands are measured beside the tool of that kind.
    for (const kind of kinds.filter(({before}) => before === undefined)) {
      const name = await acquireKind(t, kind);
      rows.push({
        what: `crcache run NAME true: ${kind.name}`,
        against: 'sh -c true',
        bound: 3,
        runs: 200,
        cost: wallTimeOf(t, ['crcache', 'run', name, 'true']),
        otherCost: wallTimeOf(t, ['sh', '-c', 'true']),
      });
    }
    return rows;
  },
};
