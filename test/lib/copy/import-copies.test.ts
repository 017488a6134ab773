// Copies of directories of this machine, where something fails, is killed, or is not as it was: nothing is lost here.

import * as assert from 'uvu/assert';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import {listBackend, namesIn} from '../../helpers/invariants.js';
import {findProgram} from '../../helpers/programs.js';
import type {Sandbox} from '../../helpers/sandbox.js';
import {suite} from '../../helpers/suite.js';
import {World} from '../../helpers/world.js';

const test = suite('copies of imports');

const ordinaryUid = 54321;

/** An instance that is never made anew, with copies of directories in it. */
async function acquire(t: Sandbox, ...imports: readonly string[]): Promise<World> {
  const world = new World(t, {s: {type: 'sim', reserve: 1}});
  await world.must('acquire', '-s', 's', ...imports.flatMap((each) => ['--import', each]));
  return world;
}

/** A path in the only instance. */
function inside(world: World, path: string): string {
  const backend = `${world.root}/crcache-sim`;
  const [id = ''] = namesIn(backend);
  return `${backend}/${id}/${listBackend(world.state)[0] ?? ''}/root/${path}`;
}

/** Has the instance's programs be others where these are. */
function plant(world: World, directory: string): void {
  const run = `${world.state}/sources/s/instances/s-0/run`;
  const text = readFileSync(run, 'utf8');
  writeFileSync(run, text.replace('\n', `\nPATH=${directory}:$PATH\n`));
}

const brokenIn = (world: World): string[] => readdirSync(`${world.state}/sources/s/broken`);

const killed = (world: World, step: string, ...words: readonly string[]): Promise<unknown> =>
  world.run(words, {CRCACHE_STOP_AT: `kill:${step}`});

test('that did not come whole, as in a reset that failed, are not compared with what they were of', async (t) => {
  t.write('here/file', 'old\n');
  t.write('here/d/deep', 'old\n');
  const world = await acquire(t, 'here:x:rw');
  const full = `#!/bin/sh\n[ "$1" != -x ] || { echo 'No space left on device' >&2; exit 2; }
    exec ${findProgram('tar') ?? ''} "$@"\n`;
  t.write('full/tar', full, 0o755);
  plant(world, `${t.dir}/full`);
  const reset = await world.here(['reset-instance', 's-0']);
  assert.is(reset.status, 1, reset.stderr);
  assert.match(reset.stderr, 'No space left on device');
  rmSync(`${t.dir}/full/tar`);
  const {stderr} = await world.here(['release', 's-0']);
  assert.match(stderr, /nothing is written back from '.*x' of 's-0': it was never whole/);
  assert.is(readFileSync(`${t.dir}/here/d/deep`, 'utf8'), 'old\n');
  assert.is(readFileSync(`${t.dir}/here/file`, 'utf8'), 'old\n');
  assert.equal(readdirSync(inside(world, '')), []);
});

test('that are not known any more to be copies remove nothing', async (t) => {
  t.write('here/file', 'old\n');
  t.write('here/other', 'old\n');
  const world = await acquire(t, 'here:x:rw');
  await world.must('run', 's-0', 'sh', '-c', 'rm -r x && mkdir x && echo new >x/file');
  const {status, stderr} = await world.here(['release', 's-0']);
  assert.is(status, 0, stderr);
  assert.match(stderr, /'.*x' of 's-0' has no file '\.crcache-import-.*' any more/);
  assert.equal(readdirSync(`${t.dir}/here`), ['file', 'other']);
  assert.is(readFileSync(`${t.dir}/here/file`, 'utf8'), 'new\n');
});

test('in other copies go back to where they are from, and nowhere else', async (t) => {
  for (const each of ['na/file', 'na/empty/.keep', 'nb/b', 'nc/c']) t.write(each, 'old\n');
  rmSync(`${t.dir}/na/empty/.keep`);
  const world = await acquire(t, 'na:x:rw', 'nb:x/p/q:rw', 'nc:x/empty:rw');
  const code = 'echo new >x/file; echo new >x/p/q/b; echo new >x/empty/c; mkdir x/p/made';
  await world.must('run', 's-0', 'sh', '-c', code);
  const {status, stderr} = await world.here(['release', 's-0']);
  assert.equal([status, stderr], [0, '']);
  assert.equal(readdirSync(`${t.dir}/na`, {recursive: true}).sort(), [
    'empty',
    'file',
    'p',
    'p/made',
  ]);
  const now = ['na/file', 'nb/b', 'nc/c'].map((each) => readFileSync(`${t.dir}/${each}`, 'utf8'));
  assert.equal(now, ['new\n', 'new\n', 'new\n']);
});

test('keep each conflict, also from before a reset', async (t) => {
  t.write('here/f', '1\n');
  const world = await acquire(t, 'here:x:rw');
  for (const each of ['first', 'second']) {
    await world.must('run', 's-0', 'sh', '-c', `echo ${each} >x/f`);
    t.write('here/f', `ours ${each}\n`);
    await world.must(each === 'first' ? 'reset-instance' : 'release', 's-0');
  }
  const texts = readdirSync(`${t.dir}/here`).map((each) =>
    readFileSync(`${t.dir}/here/${each}`, 'utf8'),
  );
  assert.equal(texts.sort(), ['first\n', 'ours second\n', 'second\n']);
});

test('that are to be dropped are dropped by whoever finishes the release', async (t) => {
  t.write('here/file', 'old\n');
  const world = await acquire(t, 'here:x:rw');
  for (const step of ['release:taken', 'release:hooked']) {
    await world.must('run', 's-0', 'sh', '-c', 'echo new >x/file');
    await killed(world, step, 'release', '--no-write-back', 's-0');
    await world.must('gc');
    assert.is(readFileSync(`${t.dir}/here/file`, 'utf8'), 'old\n', step);
    await world.must('acquire', '-s', 's', '--import', 'here:x:rw');
  }
});

/** Each command that gives an instance back, and the status by which it says that something was not written back. */
const commands: Readonly<Record<string, {words: readonly string[]; status: number}>> = {
  release: {words: ['release', 's-0'], status: 1},
  'discard-instance': {words: ['discard-instance', '--force', 's-0'], status: 1},
  with: {words: ['with', '-s', 's', '--', 'rm', '-r', 'x'], status: 125},
  'with a command that fails': {
    words: ['with', '-s', 's', '--', 'sh', '-c', 'rm -r x; exit 3'],
    status: 3,
  },
  'with --streams': {
    words: ['with', '--streams', 'lab.yaml', '--', 'crcache', 'run', ':1', 'rm', '-r', 'x'],
    status: 125,
  },
};

test('that cannot be written back are a failure of who gives the instance back', async (t) => {
  t.write('here/file', 'old\n');
  t.write('lab.yaml', '{1: {source: s}}\n');
  const world = new World(t, {s: {type: 'sim', import: `${t.dir}/here:x:rw`}});
  for (const [name, {words, status}] of Object.entries(commands)) {
    if (words[0] !== 'with') {
      await world.must('acquire', '-s', 's');
      await world.must('run', 's-0', 'rm', '-r', 'x');
    }
    const ended = await world.run(words);
    assert.is(ended.status, status, `${name}: ${ended.stderr}`);
    assert.match(ended.stderr, /cannot write '.*x' of 's-0' back to '.*\/here': /, ended.stderr);
    assert.match(ended.stderr, 'hint: mend that and: crcache reset-instance s-0', name);
    assert.equal(brokenIn(world), ['s-0'], name);
    await world.must('discard-instance', 's-0');
  }
  assert.is(readFileSync(`${t.dir}/here/file`, 'utf8'), 'old\n');
});

test('tell of conflicts so that a terminal shows them', async (t) => {
  t.write('here/file', 'old\n');
  const world = await acquire(t, 'here:x:rw');
  const name = 'a\u001b[2Jb\nc';
  writeFileSync(inside(world, `x/${name}`), 'theirs\n');
  writeFileSync(`${t.dir}/here/${name}`, 'ours\n');
  const {stderr} = await world.here(['release', 's-0']);
  assert.match(stderr, /^crcache: conflict: .*a\\u\{1b\}\[2Jb\\nc/m);
  assert.not.match(stderr, '\u001b');
});

test('whose records cannot be read keep gc from nothing else', async (t) => {
  t.write('here/file', 'old\n');
  const world = await acquire(t, 'here:x:rw');
  await world.must('acquire', '-s', 's', '--import', 'here:x:rw');
  for (const name of ['s-0', 's-1']) await killed(world, 'release:hooked', 'release', name);
  const records = `${world.state}/sources/s/instances/s-0/imports`;
  rmSync(records);
  mkdirSync(records);
  const {stderr} = await world.here(['gc']);
  assert.match(stderr, /'s-0' is not cached: cannot read '.*imports': it is a directory/);
  const left = await world.must('list-instances', '--format=%(name) %(state)');
  assert.equal(left, ['s-0 broken', 's-1 cached']);
});

test('leave an empty directory whose place they had as it was', async (t) => {
  t.write('here/file', 'old\n');
  const place = `${t.dir}/place`;
  mkdirSync(place);
  chmodSync(place, 0o1777);
  if (process.getuid?.() === 0) chownSync(place, ordinaryUid, ordinaryUid);
  const before = lstatSync(place);
  const world = new World(t, {here: {type: 'local'}});
  await world.must('acquire', '-s', 'here', '--import', `here:${place}:rw`);
  assert.is(readFileSync(`${place}/file`, 'utf8'), 'old\n');
  await world.must('release', 'here-0');
  const {mode, uid, gid} = lstatSync(place);
  assert.equal([mode, uid, gid], [before.mode, before.uid, before.gid]);
  t.write('place/mine', 'mine\n');
  const words = ['acquire', '-s', 'here', '--import', `here:${place}:rw`];
  const {status, stderr} = await world.here(words);
  assert.is(status, 1);
  assert.match(stderr, /there is something at '.*\/place' already/);
  assert.equal(readdirSync(place), ['mine']);
  assert.equal(
    readdirSync(t.dir).filter((each) => each.startsWith('place')),
    ['place'],
  );
});

test('by cp without a place of their own go at release, whatever their modes are', async (t) => {
  t.write('read-only/file', 'x\n');
  chmodSync(`${t.dir}/read-only`, 0o555);
  const world = new World(t, {here: {type: 'local'}});
  await t.run('chown', ['-R', String(ordinaryUid), t.dir]);
  const as = ['--reuid', '--regid'].map((each) => `${each}=${String(ordinaryUid)}`);
  const code = `set -e; crcache acquire -s here; made=$(crcache cp read-only here-0:)
    test -f "$made/read-only/file"; crcache release here-0; test ! -e "$made"
    crcache acquire -s here; crcache release here-0`;
  const words = process.getuid?.() === 0 ? ['setpriv', ...as, '--clear-groups'] : ['env'];
  t.needs(words[0] ?? '');
  const ended = await t.run('env', [...words, 'sh', '-c', code], {env: world.env});
  assert.equal([ended.status, ended.stderr], [0, '']);
});

test('may be of directories with names of any bytes, and have such names', async (t) => {
  t.needs('mount');
  const world = new World(t, {s: {type: 'sim', bind: 'yes', reserve: 1}});
  const code = `set -e; odd=$(printf 'a\\377 b'); mkdir "$odd" ; echo old >"$odd/$odd"
    name=$(crcache acquire -s s --import "$odd:x:rw:copy" --import "$odd:$odd")
    crcache run $name sh -c 'cat x/* a*/*; echo new >"$(ls x/*)"; echo lost >"$(ls a*/*)"'
    echo ours >"$odd/$odd"; crcache release $name 2>&1 | cat -v; sort "$odd"/*`;
  const {stdout, stderr} = await t.run('sh', ['-c', code], {env: world.env, cwd: t.dir});
  assert.match(stdout, /^old\nold\ncrcache: conflict: .*\nnew\nours\n$/, stderr);
});
