// A lock that is broken on purpose, under a process that holds it: what two holders can do heals by itself.

import * as assert from 'uvu/assert';
import {existsSync, mkdirSync, renameSync, rmdirSync, utimesSync} from 'node:fs';
import type {StepName} from '../lib/steps.js';
import {Held} from './helpers/held.js';
import {namesIn, readFound} from './helpers/invariants.js';
import type {Result} from './helpers/programs.js';
import {kinds} from './helpers/scenarios.js';
import {suite} from './helpers/suite.js';
import {linesOf, World} from './helpers/world.js';

const test = suite('a lock broken on purpose', {inMemory: true});

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

/** The sources whose locks an acquire of `s` takes, by the kind of that. */
const lockedSources: Readonly<Record<string, readonly string[]>> = {
  'a source': ['s'],
  'a pool': ['b', 's'],
};

interface Point {
  /** As CRCACHE_STOP_AT wants it. */
  readonly point: string;
  readonly step: StepName;
  /** The source whose lock is held there. */
  readonly source: string;
}

/** One instance is cached, and one is to be made. */
const words = ['acquire', '-s', 's', '2'];

async function prepare(world: World): Promise<void> {
  await world.must('acquire', '-s', 's');
  await world.must('provision-instance', '-s', 's');
}

/** Where an acquire holds a lock: for each source, the first point of each step. */
async function lockedPoints(world: World): Promise<Point[]> {
  await prepare(world);
  const counts = new Map<StepName, number>();
  const points = new Map<string, Point>();
  const step = (name: StepName): void => {
    const ordinal = (counts.get(name) ?? 0) + 1;
    counts.set(name, ordinal);
    const sources = namesIn(`${world.state}/sources`);
    for (const source of sources.filter((each) => existsSync(lockOf(world, each)))) {
      const key = `${name} ${source}`;
      if (!points.has(key))
        points.set(key, {point: `${name}:${String(ordinal)}`, step: name, source});
    }
  };
  assert.is((await world.here(words, {step})).status, 0);
  return [...points.values()];
}

function lockOf(world: World, source: string): string {
  return `${world.state}/sources/${source}/lock`;
}

for (const kind of Object.keys(lockedSources)) {
  for (const [way, breakLock] of Object.entries(ways)) {
    test(
      `${way}, ${kind}: nothing is given out twice and no maximum is passed`,
      {timeLimitMs: 120_000},
      async (t) => {
        const world = new World(t, kinds[kind]?.({}) ?? {}, `${t.dir}/world`);
        const points = await lockedPoints(world);
        const sources = points.filter(({step}) => step === 'claim:claimed');
        assert.equal(sources.map(({source}) => source).sort(), lockedSources[kind]);
        for (const {point, source} of points) {
          world.clear();
          await prepare(world);
          const held = await new Held(world, words, point).untilStopped();
          breakLock(lockOf(world, source));
          const others = [];
          for (let other = 0; other < 4; other++)
            others.push(await world.here(['acquire', '-s', 's']));
          const all = [...others, await held.goOn()];
          const names = all.flatMap(({stdout}) => linesOf(stdout));
          const where = `${point} of '${source}'`;
          assert.is(new Set(names).size, names.length, `${where}: ${names.join(' ')}`);
          assert.equal(all.filter(isUnexpected), [], where);
          await world.settle();
          await world.must('gc');
          assert.equal(world.wrongs(), [], where);
          const inUse = readFound(world.state).filter(
            (each) => each.source === 's' && each.state === 'in-use',
          );
          assert.is(inUse.length, names.length + 1, where);
          await world.must('release', '--all');
          await world.must('acquire', '-s', 's', '4');
        }
        t.note(`a lock ${way}, ${kind}: broken at ${String(points.length)} points`);
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
