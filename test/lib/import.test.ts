// Imports: what is visible in an instance while it is allocated, and what comes back from it.

import * as assert from 'uvu/assert';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {parseImport} from '../../lib/import.js';
import {removeTree} from '../../lib/trees.js';
import {unmountAtEnd} from '../helpers/mounted.js';
import type {Sandbox} from '../helpers/sandbox.js';
import {suite} from '../helpers/suite.js';
import {World} from '../helpers/world.js';

const test = suite('imports');

test('are read as LOCAL[:REMOTE][:ro|rw][:WAY], and anything else is refused', () => {
  assert.equal(parseImport('/a'), {local: '/a', remote: undefined, access: 'ro', way: undefined});
  assert.equal(parseImport('a:b:rw'), {local: 'a', remote: 'b', access: 'rw', way: undefined});
  assert.equal(parseImport('a:copy'), {local: 'a', remote: undefined, access: 'ro', way: 'copy'});
  assert.equal(parseImport('a:/b:ro:overlay').way, 'overlay');
  for (const text of ['', ':b', 'a:', 'a:b:c', 'a:b:rw:x', 'a:b:copy:rw', 'a:../b', 'a:/b/../c']) {
    assert.throws(() => parseImport(text), /wants LOCAL/, text);
  }
  for (const text of ['/', 'a:/', 'a://.:rw', '/:copy']) {
    assert.throws(() => parseImport(text), /not at the root of an instance/, text);
  }
  assert.is(parseImport('/:/all').remote, '/all');
});

/** A directory of this machine, with what trees have in them. */
function makeTree(t: Sandbox): string {
  for (const name of ['same', 'theirs', 'ours', 'both', 'gone', 'd/deep', 'a\nb', 'left']) {
    t.write(`tree/${name}`, 'old\n');
  }
  symlinkSync('same', `${t.dir}/tree/link`);
  mkdirSync(`${t.dir}/tree/empty`);
  return `${t.dir}/tree`;
}

const kinds = {
  sim: {s: {type: 'sim', reserve: 1}},
  pool: {a: {type: 'sim', reserve: 1}, s: {type: 'pool', sources: 'a', reserve: 1}},
};

for (const [kind, sources] of Object.entries(kinds)) {
  test(`of a copy come back at release, and nothing is lost in a conflict, ${kind}`, async (t) => {
    const tree = makeTree(t);
    const world = new World(t, sources);
    await world.must('acquire', '-s', 's', '--import', 'tree:work/tree:rw');
    const code = `cd work/tree || exit 1; [ "$(cat d/deep)" = old ] && [ "$(readlink link)" = same ] &&
      [ -d empty ] && [ -f 'a
b' ] && echo new >theirs && echo new >both && rm gone left && mkdir n && echo new >n/f &&
      ln -s ../x n/l && chmod 755 theirs && rm -r d && echo new >fresh`;
    const run = await t.crcache(['run', 's-0', 'sh', '-c', code], {env: world.env});
    assert.equal([run.status, run.stderr], [0, '']);
    writeFileSync(`${tree}/ours`, 'mine\n');
    writeFileSync(`${tree}/both`, 'mine\n');
    writeFileSync(`${tree}/left`, 'mine\n');
    writeFileSync(`${tree}/fresh`, 'mine\n');
    const {status, stderr} = await world.here(['release', 's-0']);
    assert.is(status, 0, stderr);
    const read = (name: string): string => readFileSync(`${tree}/${name}`, 'utf8');
    assert.equal(
      ['same', 'theirs', 'ours', 'both', 'left', 'fresh', 'n/f'].map(read).join(''),
      'old\nnew\nmine\nmine\nmine\nmine\nnew\n',
    );
    assert.is(statSync(`${tree}/theirs`).mode & 0o777, 0o755);
    assert.is(readlinkSync(`${tree}/n/l`), '../x');
    assert.not(existsSync(`${tree}/gone`));
    assert.not(existsSync(`${tree}/d`));
    for (const name of ['both', 'fresh']) {
      const kept = readdirSync(tree).find((each) => each.startsWith(`${name}.s-0-`)) ?? '';
      assert.is(read(kept), 'new\n');
      assert.match(stderr, `'${tree}/${kept}'`);
    }
    assert.match(stderr, `'${tree}/left' was changed here and removed in 's-0'`);
    assert.equal((await world.here(['list-instances', '--format=%(state)'])).status, 0);
    assert.not(existsSync(`${world.state}/sources/s/instances/s-0/imports`));
  });
}

test('that are not to be written back are not, and ro and overlay copies never are', async (t) => {
  const tree = makeTree(t);
  const world = new World(t, {s: {type: 'sim'}});
  for (const [spec, words] of [
    ['tree:x:rw', ['--no-write-back']],
    ['tree:x:ro', []],
    ['tree:x:rw:overlay', []],
  ] as const) {
    await world.must('acquire', '-s', 's', '--import', spec);
    await t.crcache(['run', 's-0', 'sh', '-c', 'echo new >x/same'], {env: world.env});
    await world.must('release', ...words, 's-0');
    assert.is(readFileSync(`${tree}/same`, 'utf8'), 'old\n', spec);
  }
});

test('leave nothing on this machine where its type keeps what is in it', async (t) => {
  makeTree(t);
  const world = new World(t, {here: {type: 'local'}});
  mkdirSync(`${t.dir}/empty`);
  const to = (name: string): string[] => ['--import', `tree:${t.dir}/${name}`];
  await world.must(
    'acquire',
    '-s',
    'here',
    ...to('new/deep/tree'),
    ...to('empty'),
    '--import',
    'tree',
  );
  assert.is(readFileSync(`${t.dir}/new/deep/tree/same`, 'utf8'), 'old\n');
  const shown = await world.must('show-instance', 'here-0');
  assert.ok(
    shown.some((line) => line.includes(`${t.dir}/tree=${t.dir}/tree`)),
    shown.join('\n'),
  );
  await world.must('release', 'here-0');
  assert.not(existsSync(`${t.dir}/new`));
  assert.equal(readdirSync(`${t.dir}/empty`), []);
  assert.is(readFileSync(`${t.dir}/tree/same`, 'utf8'), 'old\n');
});

test('do not cover what is there already, and an acquire that fails leaves nothing', async (t) => {
  makeTree(t);
  t.write('full/file', 'mine\n');
  const world = new World(t, {here: {type: 'local'}, s: {type: 'sim'}});
  const words = ['--import', `tree:${t.dir}/first`, '--import', `tree:${t.dir}/full`];
  const {status, stderr} = await world.here(['acquire', '-s', 'here', ...words]);
  assert.is(status, 1);
  assert.match(stderr, `there is something at '${t.dir}/full' already`);
  assert.is(readFileSync(`${t.dir}/full/file`, 'utf8'), 'mine\n');
  assert.not(existsSync(`${t.dir}/first`));
  const bad = await world.here(['acquire', '-s', 's', '--import', 'tree:x:bind']);
  assert.match(bad.stderr, "type 'sim' cannot do that");
  const none = await world.here(['acquire', '-s', 's', '--import', 'nowhere:x']);
  assert.match(none.stderr, "cannot import 'nowhere': there is no such directory");
});

test('that cannot be written back keep the instance until that is mended', async (t) => {
  const tree = makeTree(t);
  const world = new World(t, {s: {type: 'sim', reserve: 1}});
  await world.must('acquire', '-s', 's', '--import', 'tree:x:rw');
  await t.crcache(['run', 's-0', 'sh', '-c', 'echo new >x/same'], {env: world.env});
  rmSync(tree, {recursive: true});
  const {stderr} = await world.here(['release', 's-0']);
  assert.match(stderr, `back to '${tree}': there is no directory`);
  assert.equal(readdirSync(`${world.state}/sources/s/broken`), ['s-0']);
  const next = (await world.must('explain', 's-0')).at(-1) ?? '';
  assert.match(next, 'next: crcache reset-instance s-0 writes back');
  mkdirSync(tree);
  await world.here(['reset-instance', 's-0']);
  const kept = readdirSync(tree).find((each) => each.startsWith('same')) ?? '';
  assert.is(readFileSync(`${tree}/${kept}`, 'utf8'), 'new\n');
});

/** Sources whose instances mount what they import. */
function binding(t: Sandbox): World {
  t.needs('mount', 'umount');
  if (process.getuid?.() !== 0) t.skip('needs root');
  return new World(t, {
    a: {type: 'sim', bind: 'true', reserve: 1},
    p: {type: 'pool', sources: 'a', reserve: 1},
  });
}

const mounted = (t: Sandbox): boolean => readFileSync('/proc/mounts', 'utf8').includes(t.dir);

test('are bound where the type can, at the level that can, and unmounted before anything goes', async (t) => {
  const tree = makeTree(t);
  const world = binding(t);
  for (const source of ['a', 'p']) {
    const words = ['tree:w:rw', 'tree:r', 'tree:o:overlay'].flatMap((each) => ['--import', each]);
    // An instance of the pool stands on one of the other source, whose home directory it has.
    await world.must('acquire', '-s', source, ...words);
    const code = `echo ${source} >w/same; echo x >r/same; echo over >o/theirs && exec sleep 1000`;
    const start = ['run', '--detach', `${source}-0`, 'sh', '-c', `cd w && cd .. && ${code}`];
    const begun = await t.crcache(start, {env: world.env});
    assert.is(begun.status, 0, begun.stderr);
    const check = 'until grep -q over o/theirs; do :; done; cat w/same o/same';
    const {stdout} = await t.crcache(['run', `${source}-0`, 'sh', '-c', check], {env: world.env});
    assert.is(stdout, `${source}\n${source}\n`);
    await world.must('release', '-f', `${source}-0`);
    assert.not(mounted(t));
    assert.is(readFileSync(`${tree}/same`, 'utf8'), `${source}\n`);
    assert.is(readFileSync(`${tree}/theirs`, 'utf8'), 'old\n');
  }
});

test('are unmounted by gc after a crash, and never removed with an instance', async (t) => {
  const tree = makeTree(t);
  const world = binding(t);
  for (const step of ['import:brought', 'import:all-brought', 'allocate:leased']) {
    const words = ['acquire', '-s', 'a', '--import', 'tree:w:rw', '--import', 'tree:c:rw:copy'];
    const died = await world.run(words, {CRCACHE_STOP_AT: `kill:${step}`});
    assert.is(died.signal, 'SIGKILL', step);
    assert.ok(mounted(t), step);
    await world.must('gc');
    assert.not(mounted(t), step);
    assert.is(readFileSync(`${tree}/same`, 'utf8'), 'old\n');
  }
});

test('a directory where something is mounted is not removed', async (t) => {
  const tree = makeTree(t);
  binding(t);
  mkdirSync(`${t.dir}/doomed/point`, {recursive: true});
  await t.run('mount', ['--bind', tree, `${t.dir}/doomed/point`]);
  unmountAtEnd(t, `${t.dir}/doomed/point`);
  for (const path of ['doomed', 'doomed/point']) {
    assert.throws(() => {
      removeTree(`${t.dir}/${path}`);
    }, /is still mounted/);
  }
  assert.is(readFileSync(`${tree}/same`, 'utf8'), 'old\n');
});
