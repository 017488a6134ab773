// A lock that is broken on purpose, under a process that holds it: what two holders can do heals by itself.

import * as assert from 'uvu/assert';
import {existsSync, mkdirSync, renameSync, rmdirSync, utimesSync} from 'node:fs';
import type {StepName} from '../lib/steps.js';
import {Held} from './helpers/held.js';
import {readFound} from './helpers/invariants.js';
import type {Result} from './helpers/programs.js';
import {kinds} from './helpers/scenarios.js';
import {suite} from './helpers/suite.js';
import {linesOf, World} from './helpers/world.js';

const test = suite('a lock broken on purpose');

const ways: Readonly<Record<string, (lock: string) => void>> = {
  removed: rmdirSync,
  'replaced by another': (lock) => {
    renameSync(lock, `${lock}.aside`);
    mkdirSync(lock);
    rmdirSync(`${lock}.aside`);
    utimesSync(lock, 0, 0);
  },
  'made stale': (lock) => {
    utimesSync(lock, 0, 0);
  },
};

/** The steps at which an acquire holds a lock. */
const locked: readonly StepName[] = [
  'lock:taken',
  'lock:decided',
  'queue:ticket-made',
  'acquire:taken',
  'claim:prepared',
  'claim:announced',
  'claim:claimed',
  'acquire:claimed',
];

for (const [way, breakLock] of Object.entries(ways)) {
  for (const kind of ['a source', 'a pool']) {
    test(
      `${way}, ${kind}: nothing is given out twice and no maximum is passed`,
      {
        timeLimitMs: 120_000,
      },
      async (t) => {
        for (const step of locked) {
          const world = new World(t, kinds[kind]?.({}) ?? {}, `${t.dir}/${step.replace(':', '-')}`);
          await world.must('acquire', '-s', 's');
          await world.must('provision-instance', '-s', 's');
          const held = await new Held(world, ['acquire', '-s', 's', '2'], step).untilStopped();
          const lock = `${world.state}/sources/s/lock`;
          assert.ok(existsSync(lock), `${step}: the lock is held`);
          breakLock(lock);
          const others = [];
          for (let other = 0; other < 4; other++)
            others.push(await world.here(['acquire', '-s', 's']));
          const all = [...others, await held.goOn()];
          const names = all.flatMap(({stdout}) => linesOf(stdout));
          assert.is(
            new Set(names).size,
            names.length,
            `${step}: given out twice: ${names.join(' ')}`,
          );
          assert.equal(all.filter(isUnexpected), [], step);
          await world.settle();
          await world.must('gc');
          assert.equal(world.wrongs(), [], step);
          const inUse = readFound(world.state).filter(
            ({source, state}) => source === 's' && state === 'in-use',
          );
          assert.is(inUse.length, names.length + 1, step);
          await world.must('release', '--all');
          await world.must('acquire', '-s', 's', '4');
        }
      },
    );
  }
}

function isUnexpected({status}: Pick<Result, 'status'>): boolean {
  return status !== 0 && status !== 12;
}

test('a process that is stopped with the lock for too long decides anew when it goes on', async (t) => {
  const world = new World(t, {s: {type: 'sim', maximum: 2}});
  const held = await new Held(world, ['acquire', '-s', 's'], 'lock:decided').untilStopped();
  const others = await Promise.all([1, 2].map(() => world.here(['acquire', '-s', 's'])));
  assert.equal(others.map(({stdout}) => stdout).sort(), ['s-0\n', 's-1\n']);
  assert.is((await held.goOn()).status, 12);
  await world.must('gc');
  assert.equal(world.wrongs(), []);
});
