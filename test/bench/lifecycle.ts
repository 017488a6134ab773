// What it costs to get an instance and to give it back: as commands, in a large source, and in one process.

import {mkdtempSync, rmSync} from 'node:fs';
import {acquire} from '../../lib/operation/acquire.js';
import {releaseHeld} from '../../lib/operation/release.js';
import {configure, makeInstances} from '../helpers/configured.js';
import type {Sandbox} from '../helpers/sandbox.js';
import {wallTimeOf, type Cost, type Topic} from './measure.js';
import {quietCache} from './quiet-cache.js';

export const lifecycle: Topic = {
  name: 'lifecycle',
  rows: async (t) => {
    const node = wallTimeOf(t, [process.execPath, '-e', '0']);
    const release = wallTimeOf(t, ['crcache', 'release', 'local-0']);
    const acquireOne = wallTimeOf(t, ['crcache', 'acquire', '-s', 'local']);
    acquireOne();
    return [
      {
        what: 'crcache acquire: time',
        against: 'node -e 0',
        bound: 1.3,
        cost: after(release, acquireOne),
        otherCost: node,
      },
      {
        what: 'crcache release: time',
        against: 'node -e 0',
        bound: 1.3,
        cost: before(release, acquireOne),
        otherCost: node,
      },
      {
        what: 'acquire and release, of 10,000',
        against: 'the same, of 10',
        bound: 1.5,
        cost: pairIn(t, 10_000),
        otherCost: pairIn(t, 10),
      },
      {
        what: 'acquire and release, in process',
        against: '1/500 s',
        bound: 1,
        cost: await pairInProcess(t),
        otherCost: () => 2,
      },
    ];
  },
};

/** The cost of the second, once the first has made it possible. */
function after(first: Cost, second: Cost): Cost {
  return () => {
    first();
    return second();
  };
}

/** The cost of the first, once the second has made it possible again. */
function before(first: Cost, second: Cost): Cost {
  return () => {
    const cost = first();
    second();
    return cost;
  };
}

/** An acquire and a release in a source with so many instances, all but one in use. */
function pairIn(t: Sandbox, count: number): Cost {
  const source = `of${String(count)}`;
  const directory = `${t.dir}/${source}`;
  configure(t, source, 'type=sim', `reserve=${String(count)}`);
  makeInstances(t, source, {count: count - 1, state: 'in-use', directory});
  const on = (...words: string[]): Cost =>
    wallTimeOf(t, ['crcache', '--state-dir', directory, ...words]);
  const acquireLast = on('acquire', '-s', source);
  const releaseLast = on('release', `${source}-${String(count - 1)}`);
  return () => acquireLast() + releaseLast();
}

/** Milliseconds for an acquire and a release among many in one process, where there is nothing to flush. */
async function pairInProcess(t: Sandbox): Promise<Cost> {
  const directory = mkdtempSync('/dev/shm/crcache-bench-');
  t.atEnd(() => {
    rmSync(directory, {recursive: true});
  });
  // What sim makes lies beside the state.
  const cache = quietCache({dir: t.dir, env: {...t.env, CRCACHE_DIR: `${directory}/state`}});
  configure(t, 'box', 'type=sim', 'reserve=1');
  const pairs = 500;
  const start = performance.now();
  for (let pair = 0; pair < pairs; pair++) {
    const acquired = await acquire(cache, {source: 'box', count: 1});
    acquired.confirm();
    for (const name of acquired.names) {
      await releaseHeld(cache, {name, isRightLease: () => true, why: 'bench'});
    }
  }
  const ms = (performance.now() - start) / pairs;
  return () => ms;
}
