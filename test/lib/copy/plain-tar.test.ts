// An instance whose tar knows plain archives alone, as busybox has it: what it gets is what that can unpack.

import {existsSync, mkdirSync, readFileSync, symlinkSync, unlinkSync, writeFileSync} from 'node:fs';
import * as assert from 'uvu/assert';
import {pathWithout} from '../../helpers/path-without.js';
import {findProgram} from '../../helpers/programs.js';
import type {Sandbox} from '../../helpers/sandbox.js';
import {suite} from '../../helpers/suite.js';
import {acquireKind} from '../source/contract/kinds.js';

const test = suite('a tar of busybox');

/** An instance with that tar; `bin/tar` is it. */
async function enter(t: Sandbox): Promise<string> {
  t.needs('busybox');
  const name = await acquireKind(t, {name: 'sim', source: 'fake', sources: {fake: ['type=sim']}});
  mkdirSync(`${t.dir}/bin`);
  symlinkSync(findProgram('busybox') ?? '', `${t.dir}/bin/tar`);
  const run = `${t.dir}/state/sources/fake/instances/${name}/run`;
  const path = `${t.dir}/bin:${pathWithout(t, 'tar', 'rsync')}`;
  writeFileSync(run, readFileSync(run, 'utf8').replace('\n', `\nPATH=${path}\n`));
  return name;
}

const tree = `set -e; mkdir -p tree/sub/empty tree/out; cd tree
  echo text >file; ln file hard; ln file sub/hard; ln -s file link; ln -s /nowhere dangling; ln -s sub tosub; mkfifo fifo
  head -c 3M /dev/urandom >large; ln large sub/large; truncate -s 1M holes; echo end >>holes; : >nothing
  long=$(printf '%0200d' 0); mkdir $long; echo 3 >$long/$long; printf 3 >"$(printf '\\377\\376 a\\nb')"; printf 4 >-dash
  echo no >out/no; chmod 640 file; chmod 500 sub/empty; cd ..; find tree -exec touch -h -d '2001-02-03 04:05:06' {} +
  tell() { (cd "$1" && find . \\( -type d -printf '%P|%m\\n' \\) -o \\( -type l -printf '%P|%l\\n' \\) -o -printf '%P|%y|%m|%n|%s|%Ts\\n' | LC_ALL=C sort; find . -type f -exec cksum {} + | LC_ALL=C sort); }
  like() { if diff <(tell "$1") <(tell "$2") >&2; then echo like; fi; }
`;

test('gets a tree as it is', {timeLimitMs: 60_000}, async (t) => {
  const name = await enter(t);
  const code = `${tree} crcache cp tree ${name}:$PWD/in; like tree in
    crcache cp tree/ ${name}:$PWD/again; like tree again; cd tree; crcache cp . ${name}:$OLDPWD/dot; cd ..; like tree dot
    mkdir into; crcache cp tree/file tree/large tree/tosub/ ${name}:$PWD/into; ls -lA into | cut -c1 | tr -d '\\n'; ls into/tosub
    crcache cp --exclude out --exclude '*large' tree ${name}:$PWD/less; ls less/sub; [ -e less/out ] || echo left out
    crcache cp -L tree/link tree/tosub ${name}:$PWD/; stat -c '%F %N' link tosub
    mkdir same; crcache sync tree ${name}:$PWD/same 2>/dev/null; like tree same; echo new >tree/file
    crcache sync tree ${name}:$PWD/same 2>&1; like tree same`;
  const {stdout, stderr} = await t.run('bash', ['-c', code]);
  assert.is(stderr, '');
  const said = ['like', 'like', 'like', 't--dempty', 'hard', 'large', 'empty', 'hard', 'left out'];
  said.push("regular file 'link'", "directory 'tosub'", 'like');
  assert.equal(stdout.split('\n'), [
    ...said,
    'crcache: 3 sent, 0 set, 0 removed; 17 the same',
    'like',
    '',
  ]);
});

test(
  'names what cannot be sent, and puts nothing half in its place',
  {timeLimitMs: 60_000},
  async (t) => {
    t.needs('python3');
    const name = await enter(t);
    const code = `mkdir -p tree deep/loop in; echo a >tree/a; python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("tree/so")'
    crcache cp tree ${name}:$PWD/in/ 2>&1; ls in/tree; crcache cp tree/a nothing ${name}:$PWD/in/ 2>&1; crcache cp nothing ${name}:$PWD/in/ 2>&1
    ln -s .. deep/loop/up; crcache cp -L deep/loop ${name}:$PWD/in/ 2>&1; crcache cp /proc/version ${name}:$PWD/in/ && cmp in/version /proc/version
    rm bin/tar; printf '#!/bin/sh\\n[ "$1" = -x ] || exec busybox tar "$@"\\ncd ${t.dir} && head -c 512 >header && read -r go <gate\\n' >bin/tar
    printf 'cd "$OLDPWD" && cat ${t.dir}/header - | busybox tar "$@"\\n' >>bin/tar; chmod +x bin/tar # its length is told by then
    mkfifo gate; head -c 3M /dev/zero >tree/a; crcache cp tree/a ${name}:$PWD/in/shorter 2>said & copy=$!
    exec 5>gate; truncate -s 1M tree/a; exec 5>&-; wait $copy; echo $?; cat said; ls -A in`;
    const {stdout, stderr} = await t.run('bash', ['-c', code]);
    assert.is(stderr, '');
    assert.equal(stdout.split('\n'), [
      'crcache: ./tree/so: socket ignored',
      "crcache: not all of 'tree' was copied",
      'hint: sockets are not: leave them out by --exclude',
      'a',
      "crcache: cannot copy 'tree/a', 'nothing': there is no 'nothing'",
      "crcache: cannot copy 'nothing': there is no 'nothing'",
      "crcache: cannot copy 'deep/loop': ./loop/up/loop: it is a symlink to a directory above it",
      '1',
      "crcache: cannot copy 'tree/a': 'a' became shorter as it was read",
      ...['a', 'loop', 'tree', 'version', ''],
    ]);
  },
);

test('is remembered, and forgotten when there is another one', {timeLimitMs: 60_000}, async (t) => {
  const name = await enter(t);
  const note = `${t.dir}/state/sources/fake/instances/${name}/plain-tar`;
  const code = `mkdir -p in; truncate -s 1M holes; echo end >>holes; crcache cp holes ${name}:$PWD/in/one; stat -c %b in/one`;
  await t.run('bash', ['-c', code]);
  assert.ok(existsSync(note));
  unlinkSync(`${t.dir}/bin/tar`);
  symlinkSync(findProgram('tar') ?? '', `${t.dir}/bin/tar`);
  const {stdout, stderr} = await t.run('bash', ['-c', code.replaceAll('one', 'two')]);
  assert.is(stderr, '');
  assert.ok(Number(stdout) < 100, stdout);
  assert.not(existsSync(note));
});
