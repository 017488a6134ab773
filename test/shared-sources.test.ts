// Sources that several ways lead to: what they have is counted once.

import * as assert from 'uvu/assert';
import type {Sandbox} from './helpers/sandbox.js';
import {suite} from './helpers/suite.js';
import {World} from './helpers/world.js';

const test = suite('shared sources', {inMemory: true});

/** Four instances, and a pool of pools over them. */
function diamond(t: Sandbox): World {
  return new World(t, {
    a: {type: 'sim', maximum: 2, labels: 'kind=a'},
    b: {type: 'sim', maximum: 2},
    p: {type: 'pool', sources: 'a, b'},
    q: {type: 'pool', sources: 'b, a', maximum: 3},
    top: {type: 'pool', sources: 'p, q'},
  });
}

const max = async (world: World, source: string): Promise<string | undefined> =>
  (await world.must('status', '--query', 'max', source))[0];

const available = async (world: World, source: string): Promise<string | undefined> =>
  (await world.must('status', '--query', 'available', source))[0];

test('a maximum counts each source once, and no pool for more than it may have', async (t) => {
  const world = diamond(t);
  assert.is(await max(world, 'top'), '4');
  world.configure('p', {maximum: 1});
  assert.is(await max(world, 'top'), '4');
  world.configure('q', {maximum: 2});
  assert.is(await max(world, 'top'), '3');
  world.configure('p', {maximum: 0});
  world.configure('b', {maximum: 0});
  assert.is(await max(world, 'q'), '2');
  assert.is(await max(world, 'top'), '0', 'no limit');
});

const minimum = async (world: World, source: string): Promise<string | undefined> =>
  (await world.must('status', '-v', source)).find((line) => line.startsWith('minimum: '))?.slice(9);

test('a minimum counts once what each source keeps', async (t) => {
  const world = diamond(t);
  world.configure('a', {reserve: 2});
  world.configure('b', {reserve: 1});
  assert.is(await minimum(world, 'p'), '3');
  assert.is(await minimum(world, 'top'), '3');
  // Each pool's own reserve needs instances of its own, which may be those that the sources keep.
  world.configure('p', {reserve: 2});
  world.configure('q', {reserve: 1});
  assert.is(await minimum(world, 'top'), '3');
  world.configure('q', {reserve: 2});
  assert.is(await minimum(world, 'top'), '4');
  // No more are kept than there can be.
  world.configure('b', {maximum: 1});
  assert.is(await minimum(world, 'top'), '3');
  world.configure('p', {maximum: 1, reserve: 0});
  world.configure('q', {maximum: 1, reserve: 0});
  assert.is(await minimum(world, 'top'), '2');
});

test('places that several ways lead to are kept once', async (t) => {
  const world = new World(t, {
    l: {type: 'local', maximum: 2},
    p: {type: 'pool', sources: 'l'},
    q: {type: 'pool', sources: 'l'},
    top: {type: 'pool', sources: 'p, q'},
  });
  assert.is(await minimum(world, 'top'), '2');
});

test('a count that can never be had is refused at once, and what can be had is had', async (t) => {
  const world = diamond(t);
  const five = await world.here(['acquire', '-s', 'top', '5', '--wait']);
  assert.is(five.status, 12);
  assert.match(
    five.stderr,
    "cannot ever have 5 instances of 'top': its sources have no more than 4",
  );
  assert.match(five.stderr, 'hint: crcache status --tree top');
  const three = await world.here(['acquire', '-s', 'top', '3', '--wait', '-l', 'kind=a']);
  assert.match(three.stderr, 'with kind=a: its sources have no more than 2');
  assert.is((await world.must('acquire', '-s', 'top', '4')).length, 4);
});

test('so does what can be had now', async (t) => {
  const world = diamond(t);
  assert.is(await available(world, 'top'), '4');
  await world.must('acquire', '-s', 'a');
  await world.must('provision-instance', '-s', 'b');
  assert.is(await available(world, 'top'), '3');
  const {status, stderr} = await world.here(['acquire', '-s', 'top', '4']);
  assert.is(status, 12);
  assert.match(stderr, 'its sources have no more than 3 free');
  // Nothing was tried in vain.
  assert.equal(await world.must('list-instances', '--state', 'cached'), ['b-0']);
});
