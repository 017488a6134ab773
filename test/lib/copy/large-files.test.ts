// Large files that come out of an instance, which crcache writes itself: they are as tar would have made them.

import * as assert from 'uvu/assert';
import {readdirSync} from 'node:fs';
import type {Sandbox} from '../../helpers/sandbox.js';
import {suite} from '../../helpers/suite.js';
import {acquireKind} from '../source/contract/kinds.js';

const test = suite('large files');

const enter = (t: Sandbox): Promise<string> =>
  acquireKind(t, {name: 'sim', source: 'fake', sources: {fake: ['type=sim']}});

/** What there is to see of a tree, but for when its files were read. */
const tell = `tell() { (cd "$1" && find . -printf '%P %y %m %U %G %n %s %Ts %l\\n' | sort; find . -type f -exec sha256sum {} + | sort); }
`;

const tree = `mkdir -p tree/closed; cd tree
  head -c 3M /dev/urandom >one; chmod 640 one; ln one two; ln -s one link; cp one "closed/a b
c"; cp one closed/three; ln closed/three closed/four; cp one set; chmod 4755 set; : >empty; echo small >small
  truncate -s 5M holes; echo end >>holes; head -c 2M /dev/zero >closed/zeros; chmod 755 closed/zeros; chmod 500 closed
  cd ..; find tree -exec touch -h -d '2001-02-03 04:05:06' {} +
  touch -d '1961-02-03 04:05:06' tree/closed/zeros
`;

test('come with all that tells them', {timeLimitMs: 60_000}, async (t) => {
  const name = await enter(t);
  const code = `set -e; ${tell}${tree} chmod 755 tree/set; tell tree >was
    crcache cp ${name}:$PWD/tree out; tell out | diff was - && echo whole
    mkdir into; crcache cp ${name}:$PWD/tree into/; tell into/tree | diff was - && echo below
    crcache cp ${name}:$PWD/tree/. into; tell into/closed >told; tell tree/closed | diff told - && echo beside
    tar c tree | crcache unpack-files there; tell there/tree | diff was - && echo unpacked
    crcache cp ${name}:$PWD/tree/one ${name}:$PWD/tree/two files/ 2>/dev/null || echo none
    crcache cp ${name}:$PWD/tree/one single; cmp single tree/one; stat -c '%a %h %Y' single
    mkdir same; crcache sync ${name}:$PWD/tree same 2>/dev/null; cmp same/closed/zeros tree/closed/zeros && echo same`;
  const {stdout, stderr} = await t.run('bash', ['-c', code]);
  assert.is(stderr, '');
  assert.is(stdout, 'whole\nbelow\nbeside\nunpacked\nnone\n640 1 981173106\nsame\n');
  const left = readdirSync(t.dir, {recursive: true}).filter((each) => each.includes('.crcache-'));
  assert.equal(left, []);
});

test('come with their owners and setuid bits by -p', {timeLimitMs: 60_000}, async (t) => {
  if (process.getuid?.() !== 0) t.skip('needs root');
  const name = await enter(t);
  const code = `set -e; ${tell}${tree} chown 12:34 tree/one tree/closed; chmod 4755 tree/set; tell tree >was
    crcache cp -p ${name}:$PWD/tree out; tell out | diff was - && echo whole
    crcache cp ${name}:$PWD/tree none; stat -c '%a %U' none/set none/one`;
  const {stdout, stderr} = await t.run('bash', ['-c', code]);
  assert.is(stderr, "crcache: 'tree/set' has lost its setuid or setgid bit\n");
  assert.is(stdout, 'whole\n755 root\n640 root\n');
});

test('are made by tar where there are no hard links', {timeLimitMs: 60_000}, async (t) => {
  if (process.getuid?.() !== 0) t.skip('needs root');
  t.needs('sshfs');
  const name = await enter(t);
  const code = `set -e; mkdir disk back tree; head -c 3M /dev/urandom >tree/one; cp tree/one tree/two
    printf '#!/bin/sh\\nexec /usr/lib/openssh/sftp-server\\n' >sftp; chmod +x sftp
    sshfs -o disable_hardlink,ssh_command=$PWD/sftp here:$PWD/back disk; trap 'umount disk' EXIT
    if ln tree/one disk/one 2>/dev/null || { : >disk/a; ln disk/a disk/b 2>/dev/null; }; then echo 'has links'; fi; rm -f disk/a
    crcache cp ${name}:$PWD/tree disk/; ls -A disk disk/tree; cmp tree/two disk/tree/two`;
  const {stdout, stderr} = await t.run('bash', ['-c', code]);
  assert.is(stderr, '');
  assert.is(stdout, 'disk:\ntree\n\ndisk/tree:\none\ntwo\n');
});

test('that do not fit are one error, and nothing stays', {timeLimitMs: 60_000}, async (t) => {
  if (process.getuid?.() !== 0) t.skip('needs root');
  const name = await enter(t);
  const code = `mkdir disk tree; mount -t tmpfs -o size=5m tmpfs disk || exit 77; trap 'umount disk' EXIT
    head -c 3M /dev/zero >tree/one; cp tree/one tree/two; crcache cp ${name}:$PWD/tree disk/; echo $?; ls -A disk`;
  const {stdout, stderr, status} = await t.run('bash', ['-c', code]);
  if (status === 77) t.skip('may not mount');
  assert.match(
    stderr,
    /^crcache: cannot copy '.*tree': 'tree\/(one|two)' cannot be written: no space left on device\n$/,
  );
  assert.is(stdout, '1\n');
});

test('leave nothing where the client is killed in one of them', async (t) => {
  const code = `mkdir there tree; head -c 3M /dev/zero >tree/one; tar cf all tree; mkfifo stream
    crcache unpack-files there <stream & client=$!
    exec 5>stream; head -c 2M all >&5
    until [ -s there/.crcache-*.part/tree/.crcache-*.large/1 ]; do sleep 0.02; done
    kill -9 $client; exec 5>&-
    while [ -n "$(ls -A there)" ]; do sleep 0.02; done; echo gone`;
  assert.is((await t.run('bash', ['-c', code])).stdout, 'gone\n');
});
