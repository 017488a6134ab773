import * as assert from 'uvu/assert';
import {readFound} from '../helpers/invariants.js';
import {suite} from '../helpers/suite.js';
import {World} from '../helpers/world.js';

const test = suite('provision-instance', {inMemory: true});

const instancesIn = (world: World): string[] =>
  readFound(world.state).map(({name, state}) => `${name} ${state}`);

test('makes several, and prints their names', async (t) => {
  const world = new World(t, {s: {type: 'sim', maximum: 3}, p: {type: 'pool', sources: 's'}});
  assert.equal(await world.must('provision-instance', '-s', 's'), ['s-0']);
  assert.equal(await world.must('provision-instance', '-s', 'p', '2'), ['p-0', 'p-1']);
  assert.equal(instancesIn(world), ['p-0 cached', 'p-1 cached', 's-0 in-use', 's-1 in-use']);
});

test('of more than the sources of a pool can back makes none', async (t) => {
  const world = new World(t, {
    a: {type: 'sim', maximum: 1},
    b: {type: 'sim', maximum: 2},
    p: {type: 'pool', sources: 'a, b'},
  });
  await world.must('acquire', '-s', 'a');
  const {status, stdout, stderr} = await world.here(['provision-instance', '-s', 'p', '3']);
  assert.is(status, 12, stderr);
  assert.is(stdout, '');
  assert.match(
    stderr,
    /^crcache: cannot have 3 instances of 'p': its sources have no more than 2 free\n  a-0 is held by /,
  );
  assert.equal(instancesIn(world), ['a-0 in-use']);
});

test('when one of several cannot be made, none is kept', async (t) => {
  const world = new World(t, {
    a: {type: 'sim', maximum: 1},
    b: {type: 'sim', maximum: 1, 'fail-make': 1},
    p: {type: 'pool', sources: 'a, b'},
  });
  const {status, stdout} = await world.here(['provision-instance', '-s', 'p', '2']);
  assert.is(status, 1);
  assert.is(stdout, '');
  assert.equal(instancesIn(world), []);
});

test('of a drained source makes none, and says how it is taken back into use', async (t) => {
  const world = new World(t, {s: {type: 'sim'}});
  await world.must('drain-source', 's');
  const {status, stderr} = await world.here(['provision-instance', '-s', 's']);
  assert.is(status, 12);
  assert.match(
    stderr,
    /^crcache: no instance of 's' is given out: it is drained\nhint: crcache drain-source s --off/,
  );
});
