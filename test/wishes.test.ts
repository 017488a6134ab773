// acquire -l and --need: which sources of a pool an instance comes from.

import * as assert from 'uvu/assert';
import type {Sandbox} from './helpers/sandbox.js';
import {suite} from './helpers/suite.js';
import {World} from './helpers/world.js';

const test = suite('wishes');

/** A pool over one source of each architecture, and a pool over that. */
function machines(t: Sandbox): World {
  return new World(t, {
    upper: {type: 'pool', sources: 'build', labels: 'team=core'},
    build: {type: 'pool', sources: 'intel, arm', labels: 'os=linux', maximum: 3},
    intel: {type: 'sim', labels: 'arch=amd64, fast=yes'},
    arm: {type: 'sim', labels: 'arch=arm64', maximum: 1},
  });
}

async function standsOn(world: World, name: string): Promise<string> {
  const [line = ''] = await world.must('show-instance', name, 'backing');
  return line;
}

test('an instance is made on a source that has the label, whatever the order', async (t) => {
  const world = machines(t);
  assert.equal(await world.must('acquire', '-s', 'build', '-l', 'arch=arm64'), ['build-0']);
  assert.is(await standsOn(world, 'build-0'), 'arm-0');
});

test('its own labels count with those of what it stands on, through pools of pools', async (t) => {
  const world = machines(t);
  const labels = ['team=core', 'os=linux', 'arch=arm64'].flatMap((label) => ['-l', label]);
  assert.equal(await world.must('acquire', '-s', 'upper', ...labels), ['upper-0']);
  assert.is(await standsOn(world, 'upper-0'), 'build-0');
  assert.is(await standsOn(world, 'build-0'), 'arm-0');
  // A source that is asked itself has labels, too.
  assert.equal(await world.must('acquire', '-s', 'intel', '-l', 'fast=yes'), ['intel-0']);
});

test('of cached ones those are taken that stand on such a source', async (t) => {
  const world = machines(t);
  world.configure('build', {reserve: 2});
  await world.must('acquire', '-s', 'build', '-l', 'arch=amd64');
  await world.must('acquire', '-s', 'build', '-l', 'arch=arm64');
  await world.must('release', 'build-0', 'build-1');
  assert.equal(await world.must('acquire', '-s', 'build', '-l', 'arch=arm64', '-n'), [
    'take build-1',
  ]);
  assert.equal(await world.must('acquire', '-s', 'build', '-l', 'arch=arm64'), ['build-1']);
});

test('a cached one of another kind makes room where the limit leaves no other', async (t) => {
  const world = machines(t);
  world.configure('build', {reserve: 1, maximum: 1});
  await world.must('acquire', '-s', 'build', '-l', 'arch=amd64');
  await world.must('release', 'build-0');
  const words = ['acquire', '-s', 'build', '-l', 'arch=arm64'];
  assert.equal(await world.must(...words, '--dry-run'), ['discard build-0', 'make 1']);
  assert.equal(await world.must(...words), ['build-0']);
  assert.is(await standsOn(world, 'build-0'), 'arm-0');
  await world.must('release', 'build-0');
  assert.equal(world.wrongs(), []);
});

test('what could never be had is refused at once, and what is in use is waited for', async (t) => {
  const world = machines(t);
  const never = await world.here(['acquire', '-s', 'build', '-l', 'arch=sparc', '--wait']);
  assert.is(never.status, 12);
  assert.match(never.stderr, /1 instance of 'build' with arch=sparc: no source has that/);
  // No instance stands on two sources.
  const both = await world.here(['acquire', '-s', 'build', '-l', 'arch=arm64', '-l', 'fast=yes']);
  assert.match(both.stderr, /with arch=arm64 and fast=yes: no source has that/);
  const two = await world.here(['acquire', '-s', 'build', '2', '-l', 'arch=arm64', '--wait']);
  assert.match(two.stderr, /with arch=arm64: its sources have no more than 1/);

  await world.must('acquire', '-s', 'build', '-l', 'arch=arm64');
  const now = await world.here(['acquire', '-s', 'build', '-l', 'arch=arm64']);
  assert.is(now.status, 12);
  assert.match(now.stderr, /with arch=arm64: its sources have none free/);
  const waiting = world.here(['acquire', '-s', 'build', '-l', 'arch=arm64', '--wait']);
  await world.must('release', 'build-0');
  assert.is((await waiting).stdout, 'build-0\n');
});

test('a label that is none is wrong usage', async (t) => {
  const world = machines(t);
  const {status, stderr} = await world.here(['acquire', '-s', 'build', '-l', 'arm64']);
  assert.is(status, 2);
  assert.match(stderr, /option '--label' wants KEY=VALUE, not 'arm64'/);
});

test('with takes them as acquire does', async (t) => {
  const world = machines(t);
  const line = 'crcache show-instance "$CRCACHE_INSTANCES" backing';
  const {stdout} = await world.run([
    'with',
    '-l',
    'arch=arm64',
    '--here',
    'build',
    '--',
    'sh',
    '-c',
    line,
  ]);
  assert.is(stdout, 'arm-0\n');
});

test('what instances can do is a need, met by themselves or by what they stand on', async (t) => {
  const world = new World(t, {
    any: {type: 'pool', sources: 'here, box'},
    here: {type: 'local'},
    box: {type: 'sim', bind: 'yes'},
  });
  assert.equal(await world.must('acquire', '-s', 'any', '--need', 'reset, imports=bind'), [
    'any-0',
  ]);
  assert.is(await standsOn(world, 'any-0'), 'box-0');
  const listed = await world.must('list-sources', '--format=%(name): %(abilities)');
  for (const line of ['any: survives-reboot', 'box: imports=bind reset survives-reboot']) {
    assert.ok(listed.includes(line), listed.join('\n'));
  }
  const never = await world.here(['acquire', '-s', 'any', '--need=isolation=root', '--wait']);
  assert.is(never.status, 12);
  assert.match(never.stderr, /1 instance of 'any' with isolation=root: no source has that/);
  const wrong = await world.here(['acquire', '-s', 'any', '--need', 'rset']);
  assert.is(wrong.status, 2);
  assert.match(wrong.stderr, /'--need' knows no 'rset'\nhint: did you mean 'reset'\?/);
});
