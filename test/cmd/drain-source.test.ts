import * as assert from 'uvu/assert';
import {readFound} from '../helpers/invariants.js';
import {suite} from '../helpers/suite.js';
import {World} from '../helpers/world.js';

const test = suite('drain-source', {inMemory: true});

test('what is cached goes, what is in use when it is released, and nothing is given out until --off', async (t) => {
  const world = new World(t, {s: {type: 'sim', reserve: 3}});
  const instances = (): string[] =>
    readFound(world.state).map(({name, state}) => `${name} ${state}`);
  await world.must('acquire', '-s', 's', '2');
  await world.must('release', 's-0');
  await world.must('drain-source', 's');
  assert.equal(instances(), ['s-1 in-use']);
  for (const words of [
    ['acquire', '-s', 's'],
    ['acquire', '-s', 's', '--wait=1ms'],
    ['provision-instance', '-s', 's'],
  ]) {
    const {status, stderr} = await world.here(words);
    assert.is(status, 12);
    assert.match(stderr, /is drained.*\nhint: crcache drain-source s --off/);
  }
  assert.equal(await world.must('gc'), [], 'its reserve is not filled');
  await world.must('release', 's-1');
  assert.equal(instances(), []);
  await world.must('drain-source', 's', '--off');
  assert.equal(await world.must('acquire', '-s', 's'), ['s-0']);
});

test('one who waits is served when the source is back', async (t) => {
  const world = new World(t, {s: {type: 'sim'}});
  await world.must('drain-source', 's');
  const waiter = world.here(['acquire', '-s', 's', '--wait']);
  await world.must('drain-source', 's', '--off');
  assert.is((await waiter).stdout, 's-0\n');
});

test('takes its source by -s as well', async (t) => {
  const world = new World(t, {s: {type: 'sim'}});
  await world.must('-s', 's', 'drain-source');
  assert.is((await world.here(['acquire', '-s', 's'])).status, 12);
  assert.match((await world.here(['drain-source'])).stderr, 'no source is named');
});
