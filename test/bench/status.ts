// What it costs to look: a small store against a start of node, a large one against listing its directories.

import {configure, makeInstances, succeed} from '../helpers/configured.js';
import {wallTimeOf, type Topic} from './measure.js';

export const status: Topic = {
  name: 'status',
  rows: async (t) => {
    configure(t, 'pool', 'type=pool', 'sources=local');
    await succeed(t, 'acquire -s pool');
    const large = `${t.dir}/large`;
    configure(t, 'box', 'type=sim');
    makeInstances(t, 'box', {
      count: 10_000,
      state: 'in-use',
      directory: large,
    });
    const onLarge = (...words: readonly string[]) =>
      wallTimeOf(t, ['crcache', '--state-dir', large, ...words]);
    const ls = {
      against: 'ls -R',
      otherCost: wallTimeOf(t, ['ls', '-R', large]),
    };
    return [
      {
        what: 'crcache status: time',
        against: 'node -e 0',
        bound: 1.3,
        cost: wallTimeOf(t, ['crcache', 'status']),
        otherCost: wallTimeOf(t, [process.execPath, '-e', '0']),
      },
      {
        what: 'status, 10,000 instances',
        bound: 3,
        cost: onLarge('status'),
        ...ls,
      },
      {
        what: 'list-instances, 10,000',
        bound: 3,
        cost: onLarge('list-instances'),
        ...ls,
      },
    ];
  },
};
