// What the scripts of a sync tell of a directory, and what they never do to one, whatever they are told of it.

import {existsSync, mkdirSync, statSync, symlinkSync} from 'node:fs';
import * as assert from 'uvu/assert';
import {listCommand, removeCommand, setCommand} from '../../../lib/copy/list-script.js';
import {suite} from '../../helpers/suite.js';

const test = suite('the scripts of a sync');

test('tell no size of a directory, which is its file system’s affair', async (t) => {
  t.write('to/sub/file', 'five\n');
  t.write('bin/find', '#!/bin/sh\nexit 1\n', 0o700);
  for (const path of [t.env['PATH'], `${t.dir}/bin:${t.env['PATH'] ?? ''}`]) {
    const {stdout} = await t.run('sh', listCommand(`${t.dir}/to`, {follows: false}), {
      env: {...t.env, PATH: path},
    });
    const sizes = stdout
      .split('\0')
      .slice(2, -1)
      .map((record) => [record.split('//')[0], record.split(' ').at(-2)]);
    assert.equal(sizes.sort(), [
      ['', '0'],
      ['sub', '0'],
      ['sub/file', '5'],
    ]);
  }
});

test('set no modes through a symlink', async (t) => {
  for (const each of ['to', 'victim/below']) {
    mkdirSync(`${t.dir}/${each}`, {recursive: true, mode: 0o700});
  }
  symlinkSync('../victim', `${t.dir}/to/s`);
  const looks = ['s', 's/below'].map((path) => ({path, mode: 0o777, mtime: 1}));
  const {stderr, status} = await t.run('sh', setCommand(`${t.dir}/to`, looks));
  assert.is(stderr, "'s' has become a symlink\n's' has become a symlink\n");
  assert.is(status, 1);
  for (const each of ['victim', 'victim/below']) {
    assert.is(statSync(`${t.dir}/${each}`).mode & 0o777, 0o700);
  }
});

test('remove no directory that has come to hold something, unless all is to go', async (t) => {
  t.write('to/sub/file', '');
  const remove = (isWithAllBelow: boolean): readonly string[] =>
    removeCommand(`${t.dir}/to`, ['sub'], {isWithAllBelow});
  const {stderr, status} = await t.run('sh', remove(false));
  assert.match(stderr, /sub.*not empty/);
  assert.is(status, 1);
  assert.ok(existsSync(`${t.dir}/to/sub/file`));
  assert.is((await t.run('sh', remove(true))).status, 0);
  assert.not(existsSync(`${t.dir}/to/sub`));
});
