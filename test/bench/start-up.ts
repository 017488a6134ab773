// What a start costs that reads no state: node's own, and little more.

import type {Row, Topic} from './measure.js';
import {peakMemoryOf, wallTimeOf} from './measure.js';

const node = [process.execPath, '-e', '0'] as const;
const commands = [['--version'], ['help'], ['help', 'help']] as const;

export const startUp: Topic = {
  name: 'start-up',
  rows: (t) =>
    commands.flatMap((words): readonly Row[] => {
      const line = `crcache ${words.join(' ')}`;
      return [
        {
          what: `${line}: time`,
          against: 'node -e 0',
          bound: 1.3,
          cost: wallTimeOf(t, ['crcache', ...words]),
          otherCost: wallTimeOf(t, node),
        },
        {
          what: `${line}: memory`,
          against: 'node -e 0',
          bound: 1.3,
          cost: peakMemoryOf(t, ['crcache', ...words]),
          otherCost: peakMemoryOf(t, node),
        },
      ];
    }),
};
