import * as assert from 'uvu/assert';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {Held, untilQueued} from '../helpers/held.js';
import {readFound} from '../helpers/invariants.js';
import {suite} from '../helpers/suite.js';
import {World} from '../helpers/world.js';

const test = suite('renew and the ends of leases', {inMemory: true});

/** When the lease of s-0 ends, in minutes from now; NaN for never. */
function minutesLeft(world: World): number {
  const until = readFound(world.state).find(({name}) => name === 's-0')?.lease?.['until'] ?? '';
  return Math.round((Date.parse(until) - Date.now()) / 60_000);
}

test('a lease ends at its time, which renew sets anew or takes away', async (t) => {
  const world = new World(t, {s: {type: 'sim'}});
  await world.must('acquire', '-s', 's', '--ttl', '1h');
  assert.is(minutesLeft(world), 60);
  await world.must('renew', 's-0', '--ttl', '2h');
  assert.is(minutesLeft(world), 120);
  world.aheadMs = 61 * 60_000;
  assert.equal(await world.must('gc'), []);
  await world.must('renew', 's-0', '--ttl', '1h');
  world.aheadMs += 61 * 60_000;
  assert.match((await world.must('gc')).join('\n'), /^release 's-0': its lease ended at 20/);
  await world.must('acquire', '-s', 's', '--ttl', '1h');
  await world.must('renew', 's-0', '--ttl', 'none');
  assert.ok(Number.isNaN(minutesLeft(world)));
});

test('what has ended, or is held by another lease, is not renewed, nor any beside it', async (t) => {
  const world = new World(t, {s: {type: 'sim'}});
  await world.must('acquire', '-s', 's', '--ttl', '1h');
  await world.must('acquire', '-s', 's', '--ttl', '1ms');
  const refusals = {
    "cannot renew 's-1': its lease ended at ": ['s-0', 's-1'],
    "cannot renew 's-0': it is held by lease ": ['s-0', '--lease', 'other'],
    "no instance 's-2'": ['s-0', 's-2'],
  };
  for (const [message, words] of Object.entries(refusals)) {
    const {status, stderr} = await world.here(['renew', '--ttl', '5h', ...words]);
    assert.is(status, message.startsWith('no') ? 10 : 1, stderr);
    assert.match(stderr, message);
  }
  assert.is(minutesLeft(world), 60);
});

test('a lease for a process ends with that', async (t) => {
  const world = new World(t, {s: {type: 'sim', reserve: 1}});
  const child = spawn('sleep', ['60'], {stdio: 'ignore'});
  t.atEnd(() => child.kill('SIGKILL'));
  const pid = String(child.pid);
  await world.must('acquire', '-s', 's', '--for-pid', pid);
  assert.equal(await world.must('gc'), []);
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.equal(await world.must('gc'), [
    `release 's-0': process ${pid}, for which it was held, is gone`,
  ]);
  assert.is(readFound(world.state)[0]?.state, 'cached');
  const {status, stderr} = await world.here(['acquire', '-s', 's', '--for-pid', pid]);
  assert.is(status, 2);
  assert.match(stderr, `there is no process ${pid} to hold the lease for`);
});

test('an empty time is no time, and what an instance stands on has that one’s lease', async (t) => {
  const world = new World(t, {s: {type: 'sim'}, p: {type: 'pool', sources: 's'}});
  await world.must('acquire', '-s', 'p');
  for (const words of [
    ['renew', 'p-0', '--ttl', ''],
    ['acquire', '-s', 's', '--ttl='],
  ]) {
    const {status, stderr} = await world.here(words);
    assert.is(status, 2);
    assert.match(stderr, "option '--ttl' wants a time above 0, such as 90s or 10m, not ''");
  }
  const {status, stderr} = await world.here(['renew', 's-0', '--ttl', '1h']);
  assert.is(status, 1);
  assert.match(stderr, "cannot renew 's-0': 'p-0' holds it, which stands on it");
  assert.match(stderr, 'hint: crcache renew p-0');
  const empty = await world.here(['acquire', '-s', 's', '--wait=']);
  assert.is(empty.status, 2);
  assert.match(empty.stderr, "option '--wait' wants a value: DURATION");
});

test('a lease that would end at once is refused', async (t) => {
  const world = new World(t, {s: {type: 'sim'}});
  await world.must('acquire', '-s', 's');
  for (const line of ['acquire -s s --ttl 0', 'renew s-0 --ttl 0s']) {
    const {status, stderr} = await world.here(line.split(' '));
    assert.is(status, 2, line);
    assert.match(stderr, "option '--ttl' wants a time above 0, such as 90s or 10m, not '0");
  }
  world.configure('s', {ttl: 0});
  const {status, stderr} = await world.here(['acquire', '-s', 's']);
  assert.is(status, 2);
  assert.match(stderr, "'ttl' wants a time above 0, such as");
});

test('what its user has reset is renewed', async (t) => {
  const world = new World(t, {s: {type: 'sim'}});
  await world.must('acquire', '-s', 's', '--ttl', '1h');
  const reset = await new Held(world, ['reset-instance', 's-0'], 'reset:noted').untilStopped();
  await world.must('renew', 's-0', '--ttl', '2h');
  assert.is((await reset.goOn()).status, 0);
  assert.is(minutesLeft(world), 120);
});

test('so is one whose reset has only been begun, once it is known what becomes of it', async (t) => {
  const world = new World(t, {s: {type: 'sim'}});
  await world.must('acquire', '-s', 's', '--ttl', '1h');
  const reset = await new Held(world, ['reset-instance', 's-0'], 'reset:taken').untilStopped();
  const renewed = world.here(['renew', 's-0', '--ttl', '2h']);
  assert.is((await reset.goOn()).status, 0);
  assert.is((await renewed).stderr, '');
  assert.is(minutesLeft(world), 120);
});

test('and one whose reset has died before it began', async (t) => {
  const world = new World(t, {s: {type: 'sim'}});
  await world.must('acquire', '-s', 's', '--ttl', '1h');
  await world.run(['reset-instance', 's-0'], {CRCACHE_STOP_AT: 'kill:reset:taken'});
  await world.must('renew', 's-0', '--ttl', '2h');
  assert.is(minutesLeft(world), 120);
  assert.equal(world.wrongs(), []);
});

test('of one that is being released it is told that nobody holds it', async (t) => {
  const world = new World(t, {s: {type: 'sim', reserve: 1}});
  await world.must('acquire', '-s', 's', '--ttl', '1h');
  const release = await new Held(world, ['release', 's-0'], 'release:renamed').untilStopped();
  const renewed = world.here(['renew', 's-0', '--ttl', '2h']);
  assert.is((await release.goOn()).status, 0);
  assert.match((await renewed).stderr, "cannot renew 's-0': nobody holds it");
});

test('a lease begins when its user gets the instance, however long that took', async (t) => {
  const world = new World(t, {s: {type: 'sim', maximum: 1, reserve: 1}});
  await world.must('acquire', '-s', 's');
  const waiting = world.here(['acquire', '-s', 's', '--wait', '--ttl', '1h']);
  await untilQueued(world, 's', 1);
  world.aheadMs = 2 * 60 * 60_000;
  await world.must('release', 's-0');
  assert.is((await waiting).status, 0);
  assert.is(minutesLeft(world), 180);
  assert.equal(await world.must('gc'), []);
});
