// Where files do not fit, the copy fails with one line that names one of them, and leaves the destination as it was.

import {mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import * as assert from 'uvu/assert';
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
  t.atEnd(() => t.run('umount', ['disk']));
  for (const each of ['a', 'b', 'c', 'd']) {
    writeFileSync(`${t.dir}/tree/${each}`, Buffer.alloc(400_000, each));
  }
  t.write('disk/file', 'before');
  return name;
}

async function assertFails(t: Sandbox, code: string): Promise<void> {
  const {stderr, status} = await t.run('sh', ['-c', code]);
  assert.match(
    stderr,
    /^crcache: cannot (copy|send).* to '.*disk.*': [^\n]*[abcd]['":][^\n]*No space left on device[^\n]*\n$/,
  );
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
});

test('is one where there is no tar', {timeLimitMs: 60_000}, async (t) => {
  const name = await prepare(t);
  const run = `${t.dir}/state/sources/fake/instances/${name}/run`;
  const path = pathWithout(t, 'tar', 'rsync');
  writeFileSync(run, readFileSync(run, 'utf8').replace('\n', `\nPATH=${path}\n`));
  await assertFails(t, `crcache cp tree ${name}:$PWD/disk/`);
});
