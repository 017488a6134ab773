// Links in the place of copies, where an instance sees the files of this machine.

import {lstatSync, mkdirSync, readlinkSync, writeFileSync} from 'node:fs';
import * as assert from 'uvu/assert';
import type {Sandbox} from '../../helpers/sandbox.js';
import {suite} from '../../helpers/suite.js';

const test = suite('cp --link and --symlink');

async function acquire(t: Sandbox, ...lines: readonly string[]): Promise<string> {
  t.write('config/sources/s/source.conf', ['[DEFAULT]', ...lines, ''].join('\n'));
  t.atEnd(() => t.crcache(['release', '--all']));
  const {stdout, stderr} = await t.crcache(['acquire', '-s', 's']);
  assert.is(stderr, '');
  mkdirSync(`${t.dir}/tree`);
  writeFileSync(`${t.dir}/tree/file`, 'text');
  return stdout.trim();
}

/** What became of tree/file below that. */
function whatIs(t: Sandbox, path: string): string {
  const link = lstatSync(`${t.dir}/${path}`);
  if (link.isSymbolicLink()) return readlinkSync(`${t.dir}/${path}`).replace(t.dir, '');
  const isSame = lstatSync(`${t.dir}/${path}/file`).ino === lstatSync(`${t.dir}/tree/file`).ino;
  return isSame ? 'linked' : 'copied';
}

test('make links, whole trees at once', async (t) => {
  const name = await acquire(t, 'type=local');
  for (const [option, what] of [
    ['--link', 'linked'],
    ['--symlink', '/tree'],
  ] as const) {
    const {status, stderr} = await t.crcache([
      'cp',
      option,
      'tree',
      `${name}:${t.dir}/in${option}`,
    ]);
    assert.is(stderr, '');
    assert.is(status, 0);
    assert.is(whatIs(t, `in${option}`), what);
  }
});

for (const [wish, what] of [
  ['copy', 'copied'],
  ['link', 'linked'],
  ['symlink', '/tree'],
] as const) {
  test(`are what copy=${wish} says unless an option says otherwise`, async (t) => {
    const name = await acquire(t, 'type=local', `copy=${wish}`);
    assert.is((await t.crcache(['cp', 'tree', `${name}:${t.dir}/in`])).stderr, '');
    assert.is(whatIs(t, 'in'), what);
    assert.is((await t.crcache(['cp', '--link', 'tree', `${name}:${t.dir}/other`])).stderr, '');
    assert.is(whatIs(t, 'other'), 'linked');
    assert.is((await t.crcache(['cp', `${name}:${t.dir}/tree`, 'out'])).stderr, '');
    assert.is(whatIs(t, 'out'), 'copied');
  });
}

test('put what is in a directory there where its name ends in /.', async (t) => {
  const name = await acquire(t, 'type=local', 'copy=link');
  const code = `touch tree/.hidden; mkdir tree/sub; touch tree/sub/below
    for each in new new; do crcache cp tree/. ${name}:$PWD/$each; done
    crcache cp --symlink tree/. ${name}:$PWD/symlinks; crcache cp --symlink tree/sub/. tree/file ${name}:$PWD/symlinks
    find new -samefile tree/file; find new -samefile tree/sub/below
    ls -A symlinks | while read -r each; do readlink "symlinks/$each"; done`;
  const {stdout, stderr} = await t.run('sh', ['-c', code]);
  const there = ['.hidden', 'sub/below', 'file', 'sub'].map((each) => `${t.dir}/tree/${each}`);
  assert.match(stderr, /^crcache: cannot make links in 's-0': .*(file|hidden|below).* exists\n$/);
  assert.is(stdout, ['new/file', 'new/sub/below', ...there, ''].join('\n'));
});

test('are not wished for by who asks for what links cannot be', async (t) => {
  const name = await acquire(t, 'type=local', 'copy=symlink');
  const code = `ln -s file tree/link; touch tree/a.o
    crcache cp --exclude '*.o' tree ${name}:$PWD/excluded; ls excluded
    crcache cp -L tree/link ${name}:$PWD/followed; crcache cp -p tree/file ${name}:$PWD/kept
    find followed kept -type f`;
  const {stdout, stderr} = await t.run('sh', ['-c', code]);
  assert.is(stderr, '');
  assert.is(stdout, 'file\nlink\nfollowed\nkept\n');
});

test('are refused where they cannot be', async (t) => {
  const name = await acquire(t, 'type=command', 'run_command=env');
  const cases = [
    [
      ['--link', 'tree', `${name}:/tmp/x`],
      /^crcache: 's-0' does not share a file system with this machine\nhint: copy without --link\n$/,
      1,
    ],
    [['--symlink', `${name}:/tmp`, 'out'], /--symlink is for files of this machine/, 2],
    [['--link', '--symlink', 'tree', `${name}:/tmp/x`], /'--link' and '--symlink' contradict/, 2],
    [
      ['--link', '--exclude', 'a', 'tree', `${name}:/tmp/x`],
      /'--link' and '--exclude' contradict/,
      2,
    ],
    [['--symlink', '-L', 'tree', `${name}:/tmp/x`], /'--symlink' and '--dereference' contra/, 2],
  ] as const;
  for (const [words, says, expected] of cases) {
    const {status, stderr} = await t.crcache(['cp', ...words]);
    assert.match(stderr, says);
    assert.is(status, expected);
  }
});
