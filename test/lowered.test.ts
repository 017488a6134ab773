// A maximum that is lowered while there is more than it leaves.

import * as assert from 'uvu/assert';
import {readFound} from './helpers/invariants.js';
import type {Sandbox} from './helpers/sandbox.js';
import {suite} from './helpers/suite.js';
import {World, type Settings} from './helpers/world.js';

const test = suite('lowered maximum', {inMemory: true});

interface Way {
  readonly sources: Readonly<Record<string, Settings>>;
  /** The source that is asked. */
  readonly asked: string;
  /** The source whose maximum is lowered from 3 to 1. */
  readonly lowered: string;
}

const ways: Readonly<Record<string, Way>> = {
  'a source whose instances are made': {
    sources: {s: {type: 'sim', maximum: 3}},
    asked: 's',
    lowered: 's',
  },
  'a source of places': {sources: {s: {type: 'local', maximum: 3}}, asked: 's', lowered: 's'},
  'a source of places that are counted elsewhere': {
    sources: {s: {type: 'command', run_command: 'env', places: 5, maximum: 3}},
    asked: 's',
    lowered: 's',
  },
  'a pool over a source whose instances are made': {
    sources: {s: {type: 'sim', maximum: 3}, p: {type: 'pool', sources: 's'}},
    asked: 'p',
    lowered: 's',
  },
  'a pool over a source of places': {
    sources: {s: {type: 'local', maximum: 3}, p: {type: 'pool', sources: 's'}},
    asked: 'p',
    lowered: 's',
  },
  'a pool with a maximum of its own': {
    sources: {s: {type: 'sim'}, p: {type: 'pool', sources: 's', maximum: 3}},
    asked: 'p',
    lowered: 'p',
  },
};

const namesIn = ({state: directory}: World, state: string, source: string): string[] =>
  readFound(directory)
    .filter((each) => each.state === state && each.source === source)
    .map(({name}) => name);

for (const [way, {sources, asked, lowered}] of Object.entries(ways)) {
  const cachedThree = async (t: Sandbox): Promise<World> => {
    const world = new World(t, sources);
    await world.must('provision-instance', '-s', asked, '3');
    world.configure(lowered, {maximum: 1});
    return world;
  };

  test(`${way}: no more are given out`, async (t) => {
    const world = await cachedThree(t);
    assert.equal(await world.must('status', '--query', 'available', asked), ['1']);
    assert.equal(await world.must('acquire', '-s', asked), [`${asked}-0`]);
    const {status, stderr} = await world.here(['acquire', '-s', asked]);
    assert.is(status, 12);
    assert.match(stderr, `cannot have 1 instance of '${asked}': its maximum is 1`);
    assert.equal(namesIn(world, 'in-use', asked), [`${asked}-0`]);
    await world.must('release', `${asked}-0`);
    await world.must('gc');
    assert.equal(world.wrongs(), []);
  });

  test(`${way}: what is cached above it goes at once`, async (t) => {
    const world = await cachedThree(t);
    assert.match(
      (await world.must('explain', `${asked}-2`)).at(-1) ?? '',
      /^next: crcache gc discards it: the maximum has been lowered/,
    );
    const lines = await world.must('gc');
    assert.equal(
      lines
        .filter((line) => line.startsWith(`discard '${asked}-`))
        .map((line) => line.split(':')[0]),
      [`discard '${asked}-2'`, `discard '${asked}-1'`],
    );
    assert.equal(namesIn(world, 'cached', asked), [`${asked}-0`]);
    assert.equal(world.wrongs(), []);
    assert.equal(await world.must('gc'), []);
  });

  test(`${way}: fsck -v says what mends it, and it is no damage`, async (t) => {
    const world = new World(t, sources);
    // One after the other, so that what they stand on has their numbers.
    for (let count = 0; count < 3; count++) await world.must('acquire', '-s', asked);
    await world.must('release', `${asked}-2`);
    if (namesIn(world, 'cached', asked).length === 0)
      await world.must('provision-instance', '-s', asked);
    world.configure(lowered, {maximum: 1});
    assert.equal(await world.must('fsck'), []);
    const lines = await world.must('fsck', '-v');
    const path = (name: string): string =>
      `${world.state}/sources/${name.slice(0, -2)}/instances/${name}`;
    const notes = (source: string): string[] => [
      `${path(`${source}-1`)}: more than its source may have: its maximum is 1`,
      `  mend: crcache release ${asked}-1`,
      `${path(`${source}-2`)}: more than its source may have: its maximum is 1`,
      '  mend: crcache gc',
    ];
    const named = new Set([asked, lowered]);
    assert.equal(lines, [...named].sort().flatMap(notes));
    assert.equal(await world.must('fsck', '-s', asked, '-v'), notes(asked));
    await world.must('gc');
    await world.must('release', `${asked}-1`);
    await world.must('gc');
    assert.not.match((await world.must('fsck', '-v')).join(), 'more than');
  });

  test(`${way}: what is in use above it goes at its release`, async (t) => {
    const world = new World(t, sources);
    await world.must('acquire', '-s', asked, '3');
    world.configure(lowered, {maximum: 1});
    await world.must('release', `${asked}-0`);
    assert.is((await world.here(['acquire', '-s', asked])).status, 12);
    await world.must('release', `${asked}-2`, `${asked}-1`);
    assert.equal(await world.must('acquire', '-s', asked), [`${asked}-0`]);
    assert.equal(world.wrongs(), []);
  });
}

test('what two pools have cached on one source is not in use at once', async (t) => {
  const world = new World(t, {
    s: {type: 'sim', maximum: 2},
    p: {type: 'pool', sources: 's', reserve: 1},
    q: {type: 'pool', sources: 's', reserve: 1},
  });
  await world.must('acquire', '-s', 'q');
  await world.must('acquire', '-s', 'p');
  await world.must('release', 'q-0');
  world.configure('s', {maximum: 1});
  // Its slot is within the maximum, and it is one too many all the same.
  const {status, stderr} = await world.here(['acquire', '-s', 'q']);
  assert.is(status, 12, stderr);
  assert.equal(namesIn(world, 'in-use', 's'), ['s-1']);
  await world.must('release', 'p-0');
  assert.equal(await world.must('acquire', '-s', 'q'), ['q-0']);
  assert.equal(world.wrongs(), []);
});

test('what is broken above a maximum is to be discarded by hand', async (t) => {
  const world = new World(t, {s: {type: 'sim', maximum: 2, 'fail-discard': 1}});
  await world.must('acquire', '-s', 's', '2');
  await world.here(['release', 's-1']);
  world.configure('s', {maximum: 1});
  const lines = await world.must('fsck', '-v');
  assert.match(lines[0] ?? '', '/s-1: more than its source may have: its maximum is 1');
  assert.is(lines[1], '  mend: crcache discard-instance --force s-1');
});
