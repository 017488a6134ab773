// What is cached is parked, where its type can do that, and awake whenever something is to run in it.

import * as assert from 'uvu/assert';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import type {Sandbox} from './helpers/sandbox.js';
import {suite} from './helpers/suite.js';
import {World, type Settings} from './helpers/world.js';

const test = suite('parking');

const fake = {type: 'sim', park: 'yes'};

/** What the one instance of the backend has: `root` where it is awake, `parked` where it is not. */
function contents({root}: World): string[] {
  const [store = ''] = readdirSync(`${root}/crcache-sim`);
  const [instance] = readdirSync(`${root}/crcache-sim/${store}`);
  if (instance === undefined) return [];
  return readdirSync(`${root}/crcache-sim/${store}/${instance}`).filter(
    (name) => name !== 'checkpoint',
  );
}

const sources: Readonly<Record<string, Readonly<Record<string, Settings>>>> = {
  'a source': {s: {...fake, reserve: 1}},
  'a pool': {s: {type: 'pool', sources: 'a', reserve: 1}, a: fake},
};

/** Hooks that need an instance in which something can run. */
function writeHooks(t: Sandbox): void {
  for (const phase of ['allocate.d', 'discard.d']) {
    const code = `#!/bin/sh\n"$CRCACHE_INSTANCE_DIR/run" pwd >>${t.dir}/told\n`;
    t.write(`config/sources/s/${phase}/10-tell`, code, 0o755);
  }
}

for (const [kind, configured] of Object.entries(sources)) {
  test(`${kind} has its cached instances parked`, async (t) => {
    const world = new World(t, configured);
    writeHooks(t);
    await world.must('gc');
    assert.equal(contents(world), ['parked'], 'what the reserve lacked');
    await world.must('check-instance', 's-0');
    assert.equal(await world.must('acquire', '-s', 's'), ['s-0']);
    assert.equal(contents(world), ['root']);
    assert.is((await world.run(['run', 's-0', 'sh', '-c', 'echo >file; ls'])).stdout, 'file\n');
    await world.must('release', 's-0');
    assert.equal(contents(world), ['parked'], 'released');
    await world.must('reset-instance', 's-0');
    assert.equal(contents(world), ['parked'], 'reset');
    await world.must('acquire', '-s', 's');
    assert.is((await world.run(['run', 's-0', 'ls'])).stdout, '');
    await world.must('reset-instance', 's-0');
    assert.equal(contents(world), ['root'], 'reset for its user');
    await world.must('release', 's-0');
    await world.must('discard-instance', 's-0');
    assert.equal(contents(world), []);
    assert.match(readFileSync(`${t.dir}/told`, 'utf8'), /^(\/.*\/root\n){3}$/);
    await world.must('provision-instance', '-s', 's');
    assert.equal(contents(world), ['parked'], 'provisioned');
    assert.equal(world.wrongs(), []);
  });
}

test('one that does not wake is discarded, and another is given', async (t) => {
  const world = new World(t, {s: {...fake, reserve: 1}});
  await world.must('gc');
  const incarnation = (): string =>
    readFileSync(`${world.state}/sources/s/instances/s-0/incarnation`, 'utf8');
  const before = incarnation();
  world.configure('s', {'fail-resume': 1});
  await world.must('gc');
  const unwakable = incarnation();
  assert.is.not(unwakable, before, 'its configuration has changed');
  assert.equal(await world.must('acquire', '-s', 's'), ['s-0']);
  assert.is.not(incarnation(), unwakable);
  assert.equal(contents(world), ['root']);
  const log = (await world.must('log', 's-0')).join('\n');
  assert.match(log, "it does not wake: sim: 'resume' fails");
});

test('one that cannot be parked is not kept', async (t) => {
  const world = new World(t, {s: {...fake, reserve: 1, 'fail-park': 1}});
  await world.must('acquire', '-s', 's');
  const {status, stderr} = await world.here(['release', 's-0']);
  assert.is(status, 0);
  assert.match(stderr, "'s-0' is not cached: sim: 'park' fails");
  assert.not(existsSync(`${world.state}/sources/s/instances/s-0`));
});
