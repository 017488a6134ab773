// Where files do not fit, the copy fails with one line that names one of them, and leaves the destination as it was.

import {mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import * as assert from 'uvu/assert';
import {unmountAtEnd} from '../../helpers/mounted.js';
import {pathWithout} from '../../helpers/path-without.js';
import type {Sandbox} from '../../helpers/sandbox.js';
import {suite} from '../../helpers/suite.js';
import {acquireKind} from '../source/contract/kinds.js';

const test = suite('a full disk');

/** An instance and a disk of 1 MiB, and a tree that has one file too many for it. */
async function prepare(t: Sandbox): Promise<string> {
  if (process.getuid?.() !== 0) t.skip('needs root');
  const name = await acquireKind(t, {name: 'sim', source: 'fake', sources: {fake: ['type=sim']}});
  for (const each of ['disk', 'tree']) mkdirSync(`${t.dir}/${each}`);
  const {status} = await t.run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', 'disk']);
  if (status !== 0) t.skip('may not mount');
  unmountAtEnd(t, `${t.dir}/disk`);
  for (const each of ['a', 'b', 'c', 'd']) {
    writeFileSync(`${t.dir}/tree/${each}`, Buffer.alloc(400_000, each));
  }
  t.write('disk/file', 'before');
  return name;
}

const noSpace =
  /^crcache: cannot (copy|send).* to '.*disk.*': [^\n]*[abcd]['":][^\n]*No space left on device[^\n]*\n$/;

async function assertFails(t: Sandbox, code: string): Promise<void> {
  const {stderr, status} = await t.run('sh', ['-c', code]);
  assert.match(stderr, noSpace);
  assert.is(status, 1);
  assert.equal(readdirSync(`${t.dir}/disk`), ['file']);
  assert.is(readFileSync(`${t.dir}/disk/file`, 'utf8'), 'before');
}

test('is one error, and nothing stays', {timeLimitMs: 60_000}, async (t) => {
  const name = await prepare(t);
  await assertFails(t, `crcache cp tree ${name}:$PWD/disk/`);
  await assertFails(t, `crcache cp ${name}:$PWD/tree disk/`);
  await assertFails(t, `crcache cp tree/. ${name}:$PWD/disk`);
  await assertFails(t, 'tar c tree | crcache unpack-files disk');
  await assertFails(t, `crcache sync ${name}:$PWD/tree disk`);
  await assertFails(t, `crcache sync -p tree ${name}:$PWD/disk`); // by tar
});

test('is guessed where a program only says that it has written less', async (t) => {
  const name = await prepare(t);
  const code = `head -c 3000000 /dev/zero >d; crcache cp d ${name}:$PWD/disk/`;
  const {stderr, status} = await t.run('sh', ['-c', code]);
  const said =
    /^crcache: cannot copy to '.*disk\/': \.\/d: Wrote only .* bytes\nhint: is the disk full\?\n$/;
  assert.match(stderr, said);
  assert.is(status, 1);
  assert.equal(readdirSync(`${t.dir}/disk`), ['file']);
});

test('is one by rsync, and only whole files stay', {timeLimitMs: 60_000}, async (t) => {
  t.needs('rsync');
  const name = await prepare(t);
  const {stderr, status} = await t.crcache(['sync', 'tree', `${name}:${t.dir}/disk`]);
  assert.match(stderr, noSpace);
  assert.is(status, 1);
  assert.equal(readdirSync(`${t.dir}/disk`).sort(), ['a', 'b', 'file']);
  for (const each of ['a', 'b']) {
    assert.is(readFileSync(`${t.dir}/disk/${each}`, 'latin1'), each.repeat(400_000));
  }
});

test('is one where there is no tar', {timeLimitMs: 60_000}, async (t) => {
  const name = await prepare(t);
  const run = `${t.dir}/state/sources/fake/instances/${name}/run`;
  const path = pathWithout(t, 'tar', 'rsync');
  writeFileSync(run, readFileSync(run, 'utf8').replace('\n', `\nPATH=${path}\n`));
  await assertFails(t, `crcache cp tree ${name}:$PWD/disk/`);
});

test('is one also below, and where nothing can be renamed to', {timeLimitMs: 60_000}, async (t) => {
  const name = await prepare(t);
  const code = `set -e; mkdir -p to/disk to/bound to/other from/disk from/other from/bound/disk; at=$PWD/to
    mount --move disk to/disk; mount --bind from to/bound; : >to/hosts; mount --bind to/disk/file to/hosts
    trap 'umount to/hosts to/bound to/disk' EXIT
    fails() { if crcache cp "$@" 2>said; then echo done; else grep -o 'error writing .*\\(file\\|hosts\\).*space.*' said | sed 's/.*/full/'; fi; }
    cat tree/* >from/disk/file; echo new >from/other/file; echo bound >from/bound/disk/new
    fails from/. ${name}:$at; cat to/disk/file to/other/file; ls -A to/disk
    fails from/disk/file ${name}:$at/hosts; cat to/hosts; ls -A to
    echo small >from/disk/file; crcache cp from/. ${name}:$at; cat to/disk/file from/disk/new; ls -A to/disk from/disk from
    echo hosts >from/hosts; crcache cp from/hosts ${name}:$at/; cat to/hosts to/disk/file`;
  const {stdout, stderr} = await t.run('bash', ['-c', code]);
  assert.is(stderr, '');
  assert.equal(stdout.split('\n'), [
    ...['full', 'beforenew', 'file'],
    ...['full', 'beforebound', 'disk', 'hosts', 'other'],
    ...['small', 'bound', 'from:', 'bound', 'disk', 'other', '', 'from/disk:', 'file', 'new'],
    ...['', 'to/disk:', 'file', 'new', 'hosts', 'small', ''],
  ]);
});
