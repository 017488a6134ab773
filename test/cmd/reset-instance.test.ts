import {chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import * as assert from 'uvu/assert';
import {Held} from '../helpers/held.js';
import {listBackend, namesIn, readFound} from '../helpers/invariants.js';
import {suite} from '../helpers/suite.js';
import {World} from '../helpers/world.js';

const test = suite('reset-instance', {inMemory: true});

const stateOf = (world: World, name: string): string | undefined =>
  readFound(world.state).find((each) => each.name === name)?.state;

/** A file in the only instance that there is. */
function fileIn(world: World): string {
  const backend = `${world.root}/crcache-sim`;
  const [id = ''] = namesIn(backend);
  return `${backend}/${id}/${listBackend(world.state)[0] ?? ''}/root/file`;
}

test('brings back what is in use and what is cached, each where it is', async (t) => {
  const world = new World(t, {s: {type: 'sim'}});
  await world.must('acquire', '-s', 's');
  const lease = readFound(world.state)[0]?.lease;
  writeFileSync(fileIn(world), '');
  await world.must('reset-instance', 's-0');
  assert.not.ok(existsSync(fileIn(world)));
  assert.equal(readFound(world.state)[0]?.lease, lease);
  await world.must('release', 's-0');
  await world.must('provision-instance', '-s', 's');
  writeFileSync(fileIn(world), '');
  await world.must('reset-instance', 's-0');
  assert.not.ok(existsSync(fileIn(world)));
  assert.is(stateOf(world, 's-0'), 'cached');
});

test('of a broken one makes one that is cached, where the reset works', async (t) => {
  const world = new World(t, {s: {type: 'sim', reserve: 1}});
  const hooks = `${world.root}/config/sources/s/discard.d`;
  mkdirSync(hooks);
  writeFileSync(`${hooks}/10-fail`, '#!/bin/sh\nexit 1\n');
  chmodSync(`${hooks}/10-fail`, 0o755);
  await world.must('gc');
  assert.is((await world.here(['discard-instance', 's-0'])).status, 13);
  assert.is(stateOf(world, 's-0'), 'broken');
  await world.must('reset-instance', 's-0');
  assert.is(stateOf(world, 's-0'), 'cached');
  assert.equal(await world.must('acquire', '-s', 's'), ['s-0']);
  rmSync(hooks, {recursive: true});
});

test('checks all before it touches any, and says what cannot be reset', async (t) => {
  const world = new World(t, {s: {type: 'sim'}, l: {type: 'local'}});
  await world.must('acquire', '-s', 's');
  await world.must('acquire', '-s', 'l');
  writeFileSync(fileIn(world), '');
  const refused = await world.here(['reset-instance', 's-0', 'l-0']);
  assert.is(refused.status, 1);
  assert.match(refused.stderr, "'l-0' cannot be reset: type 'local' cannot do that");
  assert.is((await world.here(['reset-instance', 's-0', 's-7'])).status, 10);
  assert.ok(existsSync(fileIn(world)));
});

test('one whose reset fails is broken, and counts until it is gone', async (t) => {
  const world = new World(t, {s: {type: 'sim', maximum: 1, 'fail-reset': 1}});
  await world.must('provision-instance', '-s', 's');
  const {status, stderr} = await world.here(['reset-instance', 's-0']);
  assert.is(status, 1);
  assert.match(
    stderr,
    /^crcache: cannot reset 's-0': sim: 'reset' fails.*\nhint: crcache explain s-0\n$/,
  );
  assert.is(stateOf(world, 's-0'), 'broken');
  assert.is((await world.here(['acquire', '-s', 's'])).status, 12);
  await world.must('discard-instance', 's-0');
  assert.equal(await world.must('acquire', '-s', 's'), ['s-0']);
});

test('of one in use is over before it is released, and is never that of the next user', async (t) => {
  const world = new World(t, {s: {type: 'sim', reserve: 1}});
  await world.must('acquire', '-s', 's');
  const reset = await new Held(world, ['reset-instance', 's-0'], 'release:stopped').untilStopped();
  const release = world.run(['release', 's-0']);
  assert.is(stateOf(world, 's-0'), 'releasing', 'nobody can take it');
  assert.is((await reset.goOn()).status, 0);
  assert.is((await release).status, 0);
  assert.is(stateOf(world, 's-0'), 'cached');

  // One that dies leaves it with its user.
  await world.must('acquire', '-s', 's');
  const dying = await new Held(world, ['reset-instance', 's-0'], 'release:stopped').untilStopped();
  await dying.kill();
  await world.must('gc');
  assert.is(stateOf(world, 's-0'), 'in-use');
  await world.must('release', 's-0');
  assert.equal(world.wrongs(), []);
});

test('of one in use is finished by gc where it dies, with its imports', async (t) => {
  const world = new World(t, {s: {type: 'sim', reserve: 1}});
  mkdirSync(`${t.dir}/tree`);
  const steps = ['reset:noted', 'import:undone', 'release:reset', 'import:noted'];
  for (const step of steps) {
    writeFileSync(`${t.dir}/tree/file`, 'old');
    await world.must('acquire', '-s', 's', '--import', `${t.dir}/tree:in/tree:rw:copy`);
    writeFileSync(`${path.dirname(fileIn(world))}/in/tree/file`, 'new');
    writeFileSync(fileIn(world), '');
    const {signal} = await world.run(['reset-instance', 's-0'], {CRCACHE_STOP_AT: `kill:${step}`});
    assert.is(signal, 'SIGKILL', step);
    await world.must('gc');
    assert.is(stateOf(world, 's-0'), 'in-use', step);
    assert.not.ok(existsSync(fileIn(world)), step);
    const imported = `${path.dirname(fileIn(world))}/in/tree/file`;
    assert.is(readFileSync(imported, 'utf8'), 'new', step);
    await world.must('release', 's-0');
    assert.equal(world.wrongs(), [], step);
  }
});

test('of what another lease holds is refused, be it another by then', async (t) => {
  const world = new World(t, {s: {type: 'sim', maximum: 2, reserve: 2}});
  await world.must('acquire', '-s', 's', '2');
  const refused = await world.run(['reset-instance', 's-0'], {CRCACHE_LEASE: 'another'});
  assert.is(refused.status, 1);
  assert.match(refused.stderr, /^crcache: 's-0' is not held by lease 'another', but by '/);
  const words = ['reset-instance', 's-0', 's-1'];
  const reset = await new Held(world, words, 'release:stopped').untilStopped();
  await world.must('release', 's-1');
  assert.equal(await world.must('acquire', '-s', 's'), ['s-1']);
  const {status, stderr} = await reset.goOn();
  assert.is(status, 1);
  assert.match(stderr, /^crcache: 's-1' is held by another lease than when it was to be reset\n/m);
  assert.is(stateOf(world, 's-1'), 'in-use');
  assert.equal(world.wrongs(), []);
});

for (const command of ['reset-instance', 'discard-instance']) {
  test(`what a ${command} that was killed began is finished by the next one`, async (t) => {
    const world = new World(t, {s: {type: 'sim', reserve: 1}});
    await world.must('provision-instance', '-s', 's');
    const step = command === 'reset-instance' ? 'reset:taken' : 'discard:taken';
    const dying = await new Held(world, [command, 's-0'], step).untilStopped();
    assert.is((await world.here([command, 's-0'])).status, 1);
    await dying.kill();
    await world.must(command, 's-0');
    assert.is(stateOf(world, 's-0'), command === 'reset-instance' ? 'cached' : undefined);
    assert.is((await world.here(['discard-instance', 's-1'])).status, 10);
  });
}
