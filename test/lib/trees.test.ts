// Whole trees of files.

import * as assert from 'uvu/assert';
import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {removeIfSmall} from '../../lib/trees.js';
import {unmountAtEnd} from '../helpers/mounted.js';
import {suite} from '../helpers/suite.js';

const test = suite('trees');

test('a small one is removed at once, and nothing that a symlink leads to', (t) => {
  t.write('kept/file', '');
  t.write('small/a/b/file', '');
  mkdirSync(`${t.dir}/small/empty`, {mode: 0});
  symlinkSync(`${t.dir}/kept`, `${t.dir}/small/a/link`);
  assert.ok(removeIfSmall(`${t.dir}/small`));
  assert.not.ok(existsSync(`${t.dir}/small`));
  assert.ok(removeIfSmall(t.write('file', '')));
  assert.ok(existsSync(`${t.dir}/kept/file`));
});

test('a larger one is left as it is', (t) => {
  for (let each = 0; each < 100; each++) t.write(`large/deep/${String(each)}`, '');
  assert.not.ok(removeIfSmall(`${t.dir}/large`));
  assert.ok(existsSync(`${t.dir}/large/deep/99`));
});

test('what has a name that is no text is left, and so is what is mounted there', (t) => {
  mkdirSync(`${t.dir}/bytes`);
  writeFileSync(Buffer.from(`${t.dir}/bytes/\xff`, 'latin1'), '');
  assert.not.ok(removeIfSmall(`${t.dir}/bytes`));
  if (process.getuid?.() !== 0) return;
  mkdirSync(`${t.dir}/tree/mounted`, {recursive: true});
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', `${t.dir}/tree/mounted`]);
  unmountAtEnd(t, `${t.dir}/tree/mounted`);
  t.write('tree/mounted/file', '');
  assert.not.ok(removeIfSmall(`${t.dir}/tree`));
  assert.ok(existsSync(`${t.dir}/tree/mounted/file`));
});
