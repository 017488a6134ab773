// Rubbish in each place of the state directory, and symlinks to nowhere in each state: no command breaks down over it,
// and after fsck --repair there are instances again.

import {chmodSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import * as assert from 'uvu/assert';
import {states} from '../lib/instance.js';
import type {Sandbox} from './helpers/sandbox.js';
import {suite} from './helpers/suite.js';
import {World} from './helpers/world.js';

const test = suite('rubbish', {inMemory: true});

/** Places for a file of rubbish, and the statuses that acquire and release may end with. */
const places = [
  'format',
  'id',
  'gc',
  'notes',
  'sources/x',
  'sources/s/lock',
  'sources/s/lock.holder',
  'sources/s/origin',
  'sources/s/log',
  'sources/s/configs.hash',
  'sources/s/notes',
  'sources/s/queue/rubbish',
  'sources/s/trash/rubbish',
  'sources/s/failed/rubbish',
  'sources/s/configs/rubbish',
  'sources/s/instances/rubbish',
  'sources/s/instances/s-4',
  ...states.flatMap((state) => [`sources/s/${state}/rubbish`, `sources/s/${state}/s-4`]),
  ...[
    'lease',
    'handle',
    'created',
    'used',
    'uses',
    'concurrency',
    'incarnation',
    'problem',
    'config',
    'run',
    'running/rubbish',
    'workers/rubbish',
  ].map((file) => `sources/s/instances/s-{0,1}/${file}`),
];

test('a directory in the log’s place is named, whoever comes upon it', async (t) => {
  const world = worldOf(t, 0);
  await world.must('acquire', '-s', 's');
  const log = `${world.state}/sources/s/log`;
  rmSync(log);
  mkdirSync(log);
  for (const line of ['acquire -s s', 'release s-9', 'log s-9']) {
    const {stderr} = await world.here(line.split(' '));
    assert.match(stderr, `cannot use '${log}': illegal operation on a directory`);
  }
});

/** A source with a reserve, and a pool over it. */
function worldOf(t: Sandbox, reserve: number): World {
  return new World(t, {
    s: {type: 'sim', reserve, maximum: 5},
    p: {type: 'pool', sources: 's'},
  });
}

/** Each ends as a command may, and says in lines of its own what is wrong and what helps. */
async function tryCommands(
  world: World,
  lines: readonly string[],
  statuses: readonly number[],
): Promise<void> {
  for (const line of lines) {
    const {status, stderr} = await world.here(line.split(' '));
    assert.ok(statuses.includes(status), `${line}: ${stderr}`);
    if (status === 14) assert.match(stderr, /\nhint: .*crcache fsck/);
    if (status !== 0) assert.match(stderr, /^(crcache: .+\n(  s-.+\n)*(hint: .+\n)?)+$/);
  }
}

/** What the backend has and no record knows, or the other way round; but for what fsck has left to its user, and says so. */
function lostIn(world: World, saidByFsck = ''): string[] {
  return world.wrongs().filter((wrong) => {
    const [, name] = /^(.*)\..* (?:is lost|has leaked)$/.exec(wrong) ?? [];
    return name !== undefined && !saidByFsck.includes(name);
  });
}

for (const place of places) {
  test(`rubbish for ${place}`, async (t) => {
    const world = worldOf(t, 2);
    await world.must('acquire', '-s', 's', '2');
    await world.must('release', 's-1');
    for (const digit of place.includes('{') ? ['0', '1'] : ['']) {
      const file = `${world.state}/${place.replace('{0,1}', digit)}`;
      rmSync(file, {force: true});
      writeFileSync(file, 'rubbish\n', {mode: 0o600});
    }
    await tryCommands(world, ['acquire -s s', 'release s-0', 'gc'], [0, 1, 2, 12, 14]);
    await world.here(['fsck', '--repair']);
    const after = await world.here(['fsck']);
    assert.ok(after.status === 0 || /s-[01]/.test(after.stdout), after.stdout);
    await world.must('acquire', '-s', 's');
    await world.must('gc');
    assert.equal(lostIn(world, after.stdout), []);
  });
}

for (const state of states) {
  test(`a symlink to nowhere in '${state}'`, async (t) => {
    const world = worldOf(t, 1);
    await world.must('acquire', '-s', 's', '2');
    const isWorked = state.endsWith('ing');
    const name = isWorked ? 's-4@gone,1,2,3,4,abc' : 's-4';
    symlinkSync('../instances/s-4', `${world.state}/sources/s/${state}/${name}`);
    await tryCommands(world, ['release s-0', 'acquire -s s', 'gc'], [0, 1, 14]);
    await world.here(['fsck', '--repair']);
    if (!isWorked) assert.equal(await world.must('fsck'), []);
    await world.must('acquire', '-s', 's');
    await world.must('release', '--all');
    await world.must('gc');
    assert.equal(lostIn(world), []);
  });
}

for (const directory of [...states, 'queue', 'configs', 'failed', 'trash']) {
  test(`'${directory}' is made anew where somebody has removed it`, async (t) => {
    const world = worldOf(t, 3);
    await world.must('acquire', '-s', 's', '2', '--ttl', '1h');
    await world.must('acquire', '-s', 's');
    await world.must('release', 's-2');
    world.aheadMs = 3_700_000;
    const path = `${world.state}/sources/s/${directory}`;
    const isEmpty = directory !== 'in-use' && directory !== 'cached' && directory !== 'configs';
    if (isEmpty) assert.equal(readdirSync(path), []);
    rmSync(path, {recursive: true});
    const names = await world.must('acquire', '-s', 's', '2');
    assert.is(names.length, 2);
    if (isEmpty) rmSync(path, {recursive: true});
    await world.must('release', ...names);
    await world.here(['fsck', '--repair']);
    await world.must('gc');
    assert.equal(await world.must('fsck'), []);
    assert.equal(lostIn(world), []);
  });
}

test('what cannot be cached is told, and not taken for done', async (t) => {
  const world = worldOf(t, 1);
  await world.must('acquire', '-s', 's');
  const cached = `${world.state}/sources/s/cached`;
  rmSync(cached, {recursive: true});
  symlinkSync('nowhere', cached);
  for (const line of ['release s-0', 'acquire -s s']) {
    const {status, stderr} = await world.here(line.split(' '));
    assert.is(status, 14, line);
    assert.match(stderr, `'${cached}' is no directory`);
  }
  const {stdout, stderr} = await world.here(['gc']);
  assert.is(stdout, '');
  assert.match(stderr, `'${cached}' is no directory`);
  await world.here(['fsck', '--repair']);
  await world.must('gc');
  assert.equal(lostIn(world), []);
});

for (const name of ['log', 'origin']) {
  test(`a directory for '${name}' that all may read keeps fsck from no other repair`, async (t) => {
    const world = worldOf(t, 1);
    await world.must('acquire', '-s', 's');
    const source = `${world.state}/sources/s`;
    rmSync(`${source}/${name}`);
    mkdirSync(`${source}/${name}`);
    chmodSync(`${source}/${name}`, 0o755);
    writeFileSync(`${source}/cached/rubbish`, '', {mode: 0o600});
    rmSync(`${source}/instances/s-0/lease`);
    const {stderr} = await world.here(['fsck', '--repair']);
    assert.is(stderr, '');
    assert.equal(await world.must('fsck'), []);
  });
}
