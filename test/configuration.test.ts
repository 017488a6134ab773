// Configuration that changes, or goes, while there are instances; and pools of pools.

import * as assert from 'uvu/assert';
import {chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import type {Sandbox} from './helpers/sandbox.js';
import {suite} from './helpers/suite.js';
import {World} from './helpers/world.js';

const test = suite('configuration');

function states(world: World): Promise<string[]> {
  return world.must('list-instances', '--format', '%(name) %(state)');
}

/** A source's configuration is removed. */
function remove(world: World, name: string): void {
  rmSync(`${world.root}/config/sources/${name}`, {recursive: true});
}

test('a source without configuration is listed, its instances go, and gc says what to do', async (t) => {
  const world = new World(t, {s: {type: 'sim', reserve: 3}, other: {type: 'sim'}});
  await world.must('acquire', '-s', 's', '3');
  await world.must('release', 's-2');
  remove(world, 's');
  assert.match((await world.here(['status'])).stdout, /^s +1 +2 +0 +unconfigured$/m);
  assert.ok((await world.must('status', '-v')).some((line) => line.includes('unconfigured')));
  const refused = await world.here(['check-source', 's']);
  assert.is(refused.status, 0, 'nothing is wrong with it: it is not there');
  const gc = await world.here(['gc']);
  assert.equal(await states(world), ['s-0 in-use', 's-1 in-use']);
  assert.match(
    gc.stderr,
    /'s' is not configured any more, and goes with its last instance: s-0, s-1$/m,
  );
  assert.match(
    gc.stderr,
    /hint: crcache release s-0 s-1, or crcache discard-instance --force -s s --all/,
  );
  await world.must('release', 's-0');
  await world.must('discard-instance', '--force', '-s', 's', '--all');
  assert.equal(await states(world), []);
  assert.equal(await world.must('list-sources'), ['other']);
  assert.is((await world.here(['gc'])).stderr, '');
});

test('a changed configuration drains: what is cached at once, what is in use at its release', async (t) => {
  const world = new World(t, {s: {type: 'sim', reserve: 2}});
  await world.must('acquire', '-s', 's', '2');
  await world.must('release', 's-1');
  world.configure('s', {concurrency: 7});
  await world.must('gc');
  assert.equal(await states(world), ['s-0 in-use', 's-1 cached']);
  assert.equal(await world.must('show-instance', 's-1', 'concurrency'), ['7'], 'it was made anew');
  await world.must('release', 's-0');
  assert.equal(await states(world), ['s-1 cached']);
  // How many there are to be is no part of what they are.
  world.configure('s', {reserve: 1, labels: 'a=b'});
  await world.must('gc', '--dry-run');
  assert.equal(await states(world), ['s-1 cached']);
});

test('a root is the same by whichever name one comes to it', async (t) => {
  const world = new World(t, {s: {type: 'sim'}});
  await world.must('acquire', '-s', 's');
  symlinkSync('config', `${t.dir}/other-name`);
  const other = ['--config-dir', `${t.dir}/other-name`];
  assert.equal(await world.must(...other, 'acquire', '-s', 's'), ['s-1']);
  await world.must(...other, 'release', 's-0');
});

test('one name from two roots is refused while the other has instances', async (t) => {
  const world = new World(t, {s: {type: 'sim'}});
  await world.must('acquire', '-s', 's');
  t.write('second/sources/s/source.conf', '[DEFAULT]\ntype=sim\n');
  const other = ['--config-dir', `${t.dir}/second`];
  const {status, stderr} = await world.here([...other, 'acquire', '-s', 's']);
  assert.is(status, 2);
  for (const root of ['second', 'config']) assert.match(stderr, `'${t.dir}/${root}'`);
  // gc goes by where it was defined.
  await world.must(...other, 'gc');
  assert.equal(await states(world), ['s-0 in-use']);
  await world.must('release', 's-0');
  assert.equal(await world.must(...other, 'acquire', '-s', 's'), ['s-0']);
});

test('where no source is named, crcache.conf says which is meant', async (t) => {
  const world = new World(t, {a: {type: 'sim'}, b: {type: 'sim'}});
  t.write('config/crcache.conf', 'default-source=b\n');
  assert.equal(await world.must('acquire'), ['b-0']);
  assert.match((await world.here(['doctor'])).stdout, /the default source is 'b'$/m);
  t.write('.crcache/sources/c/source.conf', '[DEFAULT]\ntype=sim\n');
  t.write('.crcache/crcache.conf', 'default-source=c\n');
  assert.equal(await world.must('acquire'), ['b-1'], "the user's own comes first");
  t.write('config/crcache.conf', '');
  assert.equal(await world.must('acquire'), ['c-0']);
});

const phases = ['provision', 'allocate', 'release', 'discard'] as const;

/** upper over [here: two places of this machine; lower over two sims]. */
function nested(t: Sandbox): World {
  const world = new World(t, {
    upper: {type: 'pool', sources: 'here, lower'},
    lower: {type: 'pool', sources: 'one, two'},
    here: {type: 'local', maximum: 2},
    one: {type: 'sim', maximum: 1},
    two: {type: 'sim', maximum: 1},
  });
  for (const name of ['upper', 'lower', 'one']) {
    for (const phase of phases) {
      const directory = `${world.root}/config/sources/${name}/${phase}.d`;
      mkdirSync(directory, {recursive: true});
      writeFileSync(`${directory}/10`, `#!/bin/sh\necho "$CRCACHE_HOOK $1" >>${t.dir}/trace\n`);
      chmodSync(`${directory}/10`, 0o700);
    }
  }
  return world;
}

function traced(t: Sandbox): string[] {
  const lines = readFileSync(`${t.dir}/trace`, 'utf8').trim().split('\n');
  writeFileSync(`${t.dir}/trace`, '');
  return lines;
}

async function backings(world: World): Promise<string[]> {
  return world.must('list-instances', '-s', 'upper', '--format', '%(name) %(backing)');
}

test('a pool of pools is filled from what is there anyway, then in the order of its sources', async (t) => {
  const world = nested(t);
  await world.must('acquire', '-s', 'upper', '2');
  const first = (await backings(world)).map((line) => line.split(' ')[1]).sort();
  assert.equal(first, ['here-0', 'here-1'], 'places are there anyway');
  await world.must('acquire', '-s', 'upper', '2');
  const all = (await backings(world)).map((line) => line.split(' ')[1]).sort();
  assert.equal(all, ['here-0', 'here-1', 'lower-0', 'lower-1']);
  const fifth = await world.here(['acquire', '-s', 'upper', '5']);
  assert.match(
    fifth.stderr,
    /cannot ever have 5 instances of 'upper': its sources have no more than 4/,
  );
  await world.must('release', 'upper-0', 'upper-1', 'upper-2', 'upper-3');
  assert.equal(world.wrongs(), []);
});

test("a pool's own limits count where they are the narrower ones", async (t) => {
  const world = nested(t);
  const limits = async (): Promise<string[]> =>
    world.must('list-sources', '--format', '%(name) %(min) %(max)');
  const ofUpper = async (): Promise<string | undefined> =>
    (await limits()).find((line) => line.startsWith('upper '));
  assert.is(await ofUpper(), 'upper 2 4', 'what the places are, and the sum');
  world.configure('upper', {reserve: 3, maximum: 3});
  assert.is(await ofUpper(), 'upper 3 3');
  world.configure('upper', {reserve: 1, maximum: 100});
  assert.is(await ofUpper(), 'upper 2 4');
  world.configure('two', {maximum: 0});
  assert.is(await ofUpper(), 'upper 2 100', 'one below has no limit');
});

test('what stands beside a source that has gone can be given back, and nothing new be had', async (t) => {
  const world = nested(t);
  world.configure('upper', {sources: 'lower'});
  await world.must('acquire', '-s', 'upper', '2');
  remove(world, 'one');
  const more = await world.here(['acquire', '-s', 'one']);
  assert.is(more.status, 12);
  assert.match(more.stderr, /no instance of 'one' is given out: it is not configured any more/);
  // Nobody waits for what never comes.
  const above = await world.here(['acquire', '-s', 'upper', '--wait=1h']);
  assert.is(above.status, 2);
  assert.match(above.stderr, /'lower' stands on 'one', which is not configured/);
  await world.must('release', 'upper-0');
  await world.must('release', 'upper-1');
  assert.equal(await states(world), []);
});

test('hooks of three levels run up and down in order, also with release -f and a source removed', async (t) => {
  const world = nested(t);
  world.configure('upper', {sources: 'lower'});
  await world.must('acquire', '-s', 'upper');
  const order = ['one-0', 'lower-0', 'upper-0'];
  const pairs = (names: readonly string[], first: string, second: string): string[] =>
    names.flatMap((name) => [`${first} ${name}`, `${second} ${name}`]);
  assert.equal(traced(t), pairs(order, 'provision', 'allocate'));
  remove(world, 'one');
  await world.must('release', '-f', 'upper-0');
  assert.equal(traced(t), pairs([...order].reverse(), 'release', 'discard'));
  assert.equal(await states(world), []);
  const {status, stderr} = await world.here(['acquire', '-s', 'upper']);
  assert.equal([status, stderr.includes("'one'")], [2, true], stderr);
});
