import {mkdirSync, writeFileSync} from 'node:fs';
import * as assert from 'uvu/assert';
import {describeProgress} from '../../lib/cli/byte-progress.js';
import {roundSize} from '../../lib/units.js';
import {findProgram} from '../helpers/programs.js';
import {suite} from '../helpers/suite.js';
import {acquireKind} from '../lib/source/contract/kinds.js';

const test = suite('cp');

test('draws how far it is on a terminal, and nothing with -q or elsewhere', async (t) => {
  t.needs('script');
  const name = await acquireKind(t, {name: 'sim', source: 'fake', sources: {fake: ['type=sim']}});
  mkdirSync(`${t.dir}/tree`);
  writeFileSync(`${t.dir}/tree/file`, Buffer.alloc(600_000));
  // A line is drawn after some time, for copies that take some: what is copied comes bit by bit until it is there.
  const slow = `head -c 200000; until grep -q KiB ${t.dir}/drawn; do head -c 4096; sleep 0.02; done; cat`;
  const tar = findProgram('tar') ?? '';
  t.write(
    'bin/tar',
    `#!/bin/sh\n[ "$1" = -c ] || exec ${tar} "$@"\n${tar} "$@" | { ${slow}; }\n`,
    0o755,
  );
  t.env['PATH'] = `${t.dir}/bin:${String(t.env['PATH'])}`;
  const drawn =
    /\r\u001b\[K[0-9.]+ KiB(, | of 5[89][0-9] KiB, )[0-9.]+ [KM]iB\/s(, .* left)?\r\u001b\[K/;
  for (const code of [
    `crcache cp tree ${name}:$PWD/one`,
    `${tar} c tree | { ${slow}; } | crcache cp - ${name}:$PWD/two`,
  ]) {
    const {stdout} = await t.run('script', ['-qefc', code, 'drawn']);
    assert.match(stdout, drawn);
    assert.ok(stdout.endsWith('\r\u001b[K'), 'the line has gone');
  }
  const rsync = findProgram('rsync');
  if (rsync !== undefined) {
    const limit = 'case $1 in --server) ;; *) set -- --bwlimit=1000 "$@" ;; esac';
    t.write('bin/rsync', `#!/bin/sh\n${limit}\nexec ${rsync} "$@"\n`, 0o755);
    mkdirSync(`${t.dir}/by-rsync`);
    const code = `crcache sync tree ${name}:$PWD/by-rsync`;
    const {stdout} = await t.run('script', ['-qec', code, '/dev/null']);
    assert.match(stdout, drawn);
    assert.match(stdout, /1 sent|2 sent/);
  }
  const quiet = await t.run('script', [
    '-qec',
    `crcache -q cp tree ${name}:$PWD/three`,
    '/dev/null',
  ]);
  assert.is(quiet.stdout, '');
  const piped = await t.crcache(['cp', 'tree', `${name}:${t.dir}/four`]);
  assert.is(piped.stderr, '');
});

test('takes a backslash in a name as it is', async (t) => {
  const name = await acquireKind(t, {name: 'sim', source: 'fake', sources: {fake: ['type=sim']}});
  const code = String.raw`mkdir -p 'in\t/d\1' 'there\1' back; echo one >'in\t/d\1/a\nb'; echo other >'in\t/d\1/a
b'; cd 'in\t'; crcache cp 'd\1/a\nb' ${name}:"$OLDPWD/there\\1/"; cat ../there*/*
    crcache cp 'd\1' ${name}:"$OLDPWD/there\\1"; diff -r 'd\1' '../there\1/d\1' && echo whole
    crcache cp ${name}:"$OLDPWD/there\\1/d\\1/a\\nb" ../back; ls -b ../back; crcache pack-files 'd\1/a\nb' | tar xO`;
  const {stdout, stderr} = await t.run('sh', ['-c', code]);
  assert.equal([stdout, stderr], ['one\nwhole\na\\\\nb\none\n', '']);
});

test('leaves out by a pattern that begins with a dot what begins with one', async (t) => {
  const name = await acquireKind(t, {name: 'sim', source: 'fake', sources: {fake: ['type=sim']}});
  const code = `mkdir -p d/sub/.git there; touch d/.env d/file d/sub/.git/config d/sub/file; at=${name}:$PWD/there
    crcache cp --exclude '.*' d $at/one; crcache cp --exclude '.*' d/. $at/two; crcache cp --exclude '.*' $at/../d three
    crcache -q sync --exclude '.*' d $at/four; crcache cp --exclude '.[!e]*' d five; find there three five ! -type d | sort`;
  const {stdout, stderr} = await t.run('sh', ['-c', code.replace('d five', `d ${name}:$PWD/five`)]);
  const trees = ['five', 'there/four', 'there/one', 'there/two', 'three'];
  const files = trees.flatMap((tree) => [`${tree}/file`, `${tree}/sub/file`]);
  assert.equal([stdout, stderr], [`five/.env\n${files.join('\n')}\n`, '']);
});

test('ends as a program that SIGPIPE ends where nobody reads its stream any more', async (t) => {
  const name = await acquireKind(t, {name: 'sim', source: 'fake', sources: {fake: ['type=sim']}});
  const code = `echo 1 >small; head -c 3000000 /dev/zero >large; mkfifo pipe; exec 3<>pipe 4>pipe 3<&-
    for file in small large; do
      crcache cp ${name}:$PWD/$file - >&4; echo $?; crcache pack-files $file >&4; echo $?
    done
    crcache cp ${name}:$PWD/small - >/dev/full; echo $?; crcache pack-files large >/dev/full; echo $?`;
  const {stdout, stderr} = await t.run('sh', ['-c', code]);
  const full = 'crcache: cannot write stdout: no space left on device\n';
  assert.equal([stdout, stderr], ['141\n141\n141\n141\n1\n1\n', full + full]);
});

test('writes no archive to a terminal, as tar writes none', async (t) => {
  t.needs('script');
  const name = await acquireKind(t, {name: 'sim', source: 'fake', sources: {fake: ['type=sim']}});
  const code = `echo 1 >a; for each in "cp ${name}:$PWD/a -" 'pack-files a'; do script -qec "crcache $each" /dev/null; echo $?; done`;
  const {stdout} = await t.run('sh', ['-c', code]);
  const refused =
    'crcache: stdout is a terminal, which shows no archive\r\nhint: send it to a file, or to a program such as tar\r\n2\n';
  assert.is(stdout, refused + refused);
});

test('joins a directory that somebody else has made meanwhile', async (t) => {
  const name = await acquireKind(t, {name: 'sim', source: 'fake', sources: {fake: ['type=sim']}});
  const tar = findProgram('tar') ?? '';
  const made = `mkdir -p ${t.dir}/to/new/sub; echo 1 >${t.dir}/to/new/other`;
  t.write('bin/tar', `#!/bin/sh\ncase $1 in -x) ${made} ;; esac\nexec ${tar} "$@"\n`, 0o755);
  t.env['PATH'] = `${t.dir}/bin:${String(t.env['PATH'])}`;
  const code = `mkdir -p d/sub to; echo 1 >d/sub/a; truncate -s 200000 d/b
    for what in d d/.; do crcache cp ${name}:$PWD/$what to/new; (cd to/new && ls -d * sub/*); ls -A to; rm -r to/new; done`;
  const {stdout, stderr} = await t.run('sh', ['-c', code]);
  const all = 'b\nother\nsub\nsub/a\nnew\n';
  assert.equal([stdout, stderr], [all + all, '']);
});

test('takes nothing along of what is there only while something arrives', async (t) => {
  const name = await acquireKind(t, {name: 'sim', source: 'fake', sources: {fake: ['type=sim']}});
  const at = `${name}:${t.dir}`;
  const code = `make() { mkdir -p d/sub d/.crcache-mine; echo 1 >d/a; echo 1 >d/.crcache-mine/a.part; ln d/a d/b; }
    make; crcache cp d ${at}/d/sub; crcache cp d/. ${at}/d/new; mv d one
    make; crcache cp ${at}/d ${at}/d/sub; mv d two; find one two -name '.crcache-*' | sort
    mkdir .crcache-1.part; touch .crcache-1.part/a; crcache cp .crcache-1.part ${at}/one; ls one/.crcache-1.part`;
  const {stdout, stderr} = await t.run('sh', ['-c', code]);
  const mine = ['one', 'one/new', 'one/new/sub/d', 'one/sub/d', 'two', 'two/sub/d'];
  const found = mine.map((path) => `${path}/.crcache-mine\n`).join('');
  assert.equal([stdout, stderr], [`${found}a\n`, '']);
});

test('says how far it is by bytes, their rate, and the time that is left', () => {
  const mebibyte = 2 ** 20;
  const cases: [Parameters<typeof describeProgress>, string][] = [
    [[0, undefined, 100], '0 B, 0 B/s'],
    [[11.8 * mebibyte, undefined, 2000], '11.8 MiB, 5.9 MiB/s'],
    [[128 * mebibyte, 256 * mebibyte, 4000], '128 MiB of 256 MiB, 32.0 MiB/s, 4s left'],
    [[2 * mebibyte, mebibyte, 1000], '2.0 MiB, 2.0 MiB/s'],
  ];
  for (const [facts, line] of cases) assert.is(describeProgress(...facts), line);
  const sizes = [
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [2 ** 40, '1.0 TiB'],
  ] as const;
  for (const [bytes, text] of sizes) assert.is(roundSize(bytes), text);
});
