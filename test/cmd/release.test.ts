import {rmSync, writeFileSync} from 'node:fs';
import * as assert from 'uvu/assert';
import {namesIn, readFound} from '../helpers/invariants.js';
import {suite} from '../helpers/suite.js';
import {linesOf, World} from '../helpers/world.js';

const test = suite('release', {inMemory: true});

const instancesIn = (world: World): string[] =>
  readFound(world.state).map(({name, state}) => `${name} ${state}`);

test('checks all names before it touches any', async (t) => {
  const world = new World(t, {s: {type: 'sim'}});
  await world.must('acquire', '-s', 's', '2');
  const {status, stderr} = await world.here(['release', 's-0', 's-1', 's-9']);
  assert.is(status, 10);
  assert.match(stderr, "no instance 's-9'");
  assert.equal(instancesIn(world), ['s-0 in-use', 's-1 in-use']);
});

test('of one that is free makes a note, and without a name says that it does nothing', async (t) => {
  const world = new World(t, {s: {type: 'sim', reserve: 1}});
  await world.must('acquire', '-s', 's');
  await world.must('release', 's-0');
  const free = await world.here(['release', 's-0']);
  assert.equal([free.status, free.stderr], [0, "crcache: 's-0' is not in use\n"]);
  const nothing = await world.here(['release']);
  assert.equal([nothing.status, nothing.stdout], [0, '']);
  const note = 'crcache: no instance is named, and none is released\nhint: crcache release --all\n';
  assert.is(nothing.stderr, note);
  assert.is((await world.here(['release', '-q'])).stderr, '');
  assert.is((await world.here(['release', '--all'])).stderr, '');
});

test('discards what is above the reserve, and with -f also what is not', async (t) => {
  const world = new World(t, {s: {type: 'sim', reserve: 1}});
  await world.must('acquire', '-s', 's', '2');
  await world.must('release', 's-1');
  assert.equal(instancesIn(world), ['s-0 in-use']);
  await world.must('release', '-f', 's-0');
  assert.equal(instancesIn(world), []);
});

test('--all is all that the user holds, of one source with -s, and nothing that others stand on', async (t) => {
  const world = new World(t, {
    a: {type: 'sim'},
    b: {type: 'sim'},
    p: {type: 'pool', sources: 'a'},
  });
  for (const source of ['a', 'b', 'p']) await world.must('acquire', '-s', source);
  await world.must('release', '--all', '-s', 'a');
  assert.equal(instancesIn(world), ['a-1 in-use', 'b-0 in-use', 'p-0 in-use']);
  await world.must('release', '--all');
  assert.equal(instancesIn(world), []);
  assert.is((await world.here(['release', '--all', '-s', 'c'])).status, 10);
});

for (const command of ['release', 'discard-instance']) {
  test(`${command} of a source without names asks for --all, and touches nothing`, async (t) => {
    const world = new World(t, {s: {type: 'sim'}});
    await world.must('provision-instance', '-s', 's');
    await world.must('acquire', '-s', 's');
    await world.must('provision-instance', '-s', 's');
    const {status, stderr} = await world.here([command, '-s', 's']);
    assert.is(status, 2);
    assert.match(stderr, `hint: crcache ${command} -s s --all`);
    assert.equal(instancesIn(world), ['s-0 in-use', 's-1 cached']);
    await world.must(command, '-s', 's', '--all');
    assert.equal(instancesIn(world), command === 'release' ? ['s-1 cached'] : ['s-0 in-use']);
  });
}

test('discard-instance --all is of one source, which is named', async (t) => {
  const world = new World(t, {s: {type: 'sim'}});
  await world.must('provision-instance', '-s', 's');
  for (const words of [['--all'], []])
    assert.is((await world.here(['discard-instance', ...words])).status, 2);
  assert.equal(instancesIn(world), ['s-0 cached']);
});

test('refuses what another lease holds', async (t) => {
  const world = new World(t, {s: {type: 'sim'}});
  await world.must('acquire', '-s', 's');
  const {status, stderr} = await world.here(['release', '--lease', 'other', 's-0']);
  assert.is(status, 1);
  assert.match(stderr, "'s-0' is not held by lease 'other'");
  const [lease = ''] = await world.must('show-instance', 's-0', 'lease');
  await world.must('release', '--lease', lease, 's-0');
  assert.equal(instancesIn(world), []);
});

test('of all goes on behind a lease that nobody can read, which --force discards', async (t) => {
  const world = new World(t, {s: {type: 'sim', reserve: 2}});
  await world.must('acquire', '-s', 's', '2');
  writeFileSync(`${world.state}/sources/s/instances/s-0/lease`, 'rubbish');
  const {status, stderr} = await world.here(['release', '--all']);
  assert.is(status, 14, stderr);
  assert.match(stderr, "/instances/s-0/lease': not KEY=VALUE");
  const listed = ['list-instances', '--format=%(name) %(state)'];
  assert.equal(linesOf((await world.here(listed)).stdout), ['s-0 in-use', 's-1 cached']);
  await world.must('discard-instance', '--force', 's-0');
  assert.equal(await world.must(...listed), ['s-1 cached']);
});

test('inside of a lease gives back what was acquired there, and nothing else', async (t) => {
  const world = new World(t, {s: {type: 'sim'}, t: {type: 'sim'}});
  await world.must('acquire', '-s', 't');
  const code = `
    name=$(crcache acquire -s s) && crcache run "$name" true && crcache renew "$name" --ttl 1h &&
      crcache release "$name" && echo "released $name"
    crcache release t-0; echo "and $?"`;
  const {status, stdout, stderr} = await world.run([
    'with',
    '-s',
    's',
    '--here',
    '--',
    'sh',
    '-c',
    code,
  ]);
  assert.equal([status, stdout], [0, 'released s-1\nand 1\n'], stderr);
  assert.match(stderr, "'t-0' is not held by lease ");
});

test('of what is in use without a lease is damage, with --all too', async (t) => {
  const world = new World(t, {s: {type: 'sim'}});
  await world.must('acquire', '-s', 's');
  rmSync(`${world.state}/sources/s/instances/s-0/lease`);
  for (const words of [['s-0'], ['--all']]) {
    const {status, stderr} = await world.here(['release', ...words]);
    assert.equal(
      [status, stderr],
      [14, "crcache: 's-0' is in use without a lease\nhint: crcache fsck\n"],
    );
  }
  rmSync(`${world.state}/sources/s/instances/s-0`, {recursive: true});
  assert.is((await world.here(['release', 's-0'])).status, 14);
  assert.equal(namesIn(`${world.state}/sources/s/in-use`), ['s-0']);
});

test('with -s takes names of that source alone, and with --all none', async (t) => {
  const world = new World(t, {s: {type: 'sim'}, t: {type: 'sim'}});
  await world.must('acquire', '-s', 's');
  for (const [line, wanted, message] of [
    ['-s nope release s-0', 10, "no source 'nope'"],
    ['-s t release s-0', 2, "'s-0' is no instance of 't'"],
    ['release --all s-0', 2, "option '--all' takes no names"],
  ] as const) {
    const {status, stderr} = await world.here(line.split(' '));
    assert.is(status, wanted, line);
    assert.match(stderr, message);
  }
  assert.equal(instancesIn(world), ['s-0 in-use']);
  await world.must('release', '-s', 's', 's-0');
});

test('of a source with nothing in use, or of what went with its source, makes a note', async (t) => {
  const world = new World(t, {s: {type: 'sim'}, t: {type: 'sim'}});
  await world.must('acquire', '-s', 's');
  await world.must('release', 's-0');
  const free = await world.here(['release', 's']);
  assert.equal([free.status, free.stderr], [0, "crcache: source 's' has no instance in use\n"]);
  rmSync(`${world.root}/config/sources/s`, {recursive: true});
  const gone = await world.here(['release', 's-0']);
  assert.equal([gone.status, gone.stderr], [0, "crcache: 's-0' is not in use\n"]);
  assert.is((await world.here(['release', 's-1'])).status, 10);
});

test('fails where the instance cannot be discarded, and says what helps', async (t) => {
  const world = new World(t, {s: {type: 'sim', 'fail-discard': 1}});
  await world.must('acquire', '-s', 's', '2');
  for (const words of [['-f', 's-0'], ['s-1']]) {
    const {status, stderr} = await world.here(['release', ...words]);
    const name = words.at(-1) ?? '';
    assert.is(status, 1);
    assert.match(stderr, new RegExp(`^crcache: cannot discard '${name}': .+\nhint: .*${name}\n$`));
  }
  assert.equal(instancesIn(world), ['s-0 broken', 's-1 broken']);
});

test('of all is of what the lease holds that it is inside of', async (t) => {
  const world = new World(t, {s: {type: 'sim'}});
  await world.must('acquire', '-s', 's', '2');
  const [lease = ''] = await world.must('show-instance', 's-0', 'lease');
  await world.must('acquire', '-s', 's');
  const env = {CRCACHE_LEASE: lease};
  const {status, stderr} = await world.run(['release', '--all'], env);
  assert.equal([status, stderr], [0, '']);
  assert.equal(instancesIn(world), ['s-2 in-use']);
});
