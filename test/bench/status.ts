// What it costs to look: a small store against a start of node, a large one against listing its directories.

import {mkdirSync, writeFileSync} from 'node:fs';
import {startTimeOf} from '../../lib/processes.js';
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
    const withJobs = `${t.dir}/jobs`;
    makeInstances(t, 'box', {count: 4, state: 'in-use', directory: withJobs});
    for (let index = 0; index < 100; index++) {
      makeJob(`${withJobs}/sources/box/instances/box-${String(index % 4)}/jobs`, index);
    }
    const onJobs = (...words: readonly string[]) =>
      wallTimeOf(t, ['crcache', '--state-dir', withJobs, ...words]);
    return [
      {
        what: 'jobs, 100 of 4 instances',
        against: 'status',
        bound: 2,
        cost: onJobs('jobs'),
        otherCost: onJobs('status'),
      },
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

/** One job of a store; every other one has ended. */
function makeJob(jobs: string, index: number): void {
  const directory = `${jobs}/${String(1 + Math.floor(index / 4))}`;
  mkdirSync(directory, {recursive: true});
  const time = `${new Date().toISOString()}\n`;
  const leader = `${String(process.pid)} ${String(startTimeOf(process.pid))}\n`;
  const files = {argv: 'sleep\x001000\x00', mark: 'abc.1.\n', started: time, pid: leader};
  const ended = Math.floor(index / 4) % 2 === 0 ? {} : {exit: '0\n', ended: time};
  for (const [name, text] of Object.entries({...files, ...ended})) {
    writeFileSync(`${directory}/${name}`, text);
  }
}
