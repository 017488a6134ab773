import * as assert from 'uvu/assert';
import {readFound} from '../helpers/invariants.js';
import {suite} from '../helpers/suite.js';
import {linesOf, World} from '../helpers/world.js';

const test = suite('discard-instance', {inMemory: true});

test('of several that cannot be destroyed names each, and destroys the others', async (t) => {
  const bad = {type: 'sim', 'fail-discard': 1};
  const world = new World(t, {a: bad, b: bad, c: {type: 'sim'}});
  for (const source of ['a', 'b', 'c']) await world.must('provision-instance', '-s', source);
  const {status, stdout, stderr} = await world.here(['discard-instance', 'a-0', 'b-0', 'c-0']);
  assert.equal([status, stdout], [1, '']);
  const said = linesOf(stderr).filter((line) => !line.startsWith('hint: '));
  const why = "sim: 'discard' fails, as fail-discard= in source.conf wants it";
  assert.equal(said.sort(), [
    `crcache: cannot discard 'a-0': ${why}`,
    `crcache: cannot discard 'b-0': ${why}`,
  ]);
  const found = readFound(world.state).map(({name, state}) => `${name} ${state}`);
  assert.equal(found, ['a-0 broken', 'b-0 broken']);
});

test('what its type cannot discard stays until --force drops its record, and gc finds what is left', async (t) => {
  const world = new World(t, {s: {type: 'sim', 'fail-discard': 1}});
  await world.must('provision-instance', '-s', 's');
  const {status, stderr} = await world.here(['discard-instance', '--force', 's-0']);
  assert.equal([status, linesOf(stderr).at(-1)], [1, 'hint: crcache discard-instance --force s-0']);
  assert.is((await world.here(['discard-instance', 's-0'])).status, 1);
  assert.match((await world.must('explain', 's-0')).at(-1) ?? '', '--force s-0 drops its record');
  const forced = await world.here(['discard-instance', '--force', 's-0']);
  assert.is(forced.status, 0, forced.stderr);
  assert.match(forced.stderr, "only the record of 's-0' goes, and what it is may be there still");
  assert.equal(readFound(world.state), []);
  world.configure('s', {'fail-discard': 0});
  const {stdout} = await world.here(['gc']);
  assert.match(stdout, /discard 's-0' \([a-z0-9]+\), which no record knows/);
});

test('so does drain-source of what is cached', async (t) => {
  const world = new World(t, {s: {type: 'sim', 'fail-discard': 1}});
  await world.must('provision-instance', '-s', 's', '2');
  const {status, stderr} = await world.here(['drain-source', 's']);
  assert.is(status, 1);
  const named = linesOf(stderr).flatMap((line) => /cannot discard '(.+?)'/.exec(line)?.[1] ?? []);
  assert.equal(named.sort(), ['s-0', 's-1']);
});
