// How files are written.

import {mkdirSync, readdirSync, readFileSync} from 'node:fs';
import * as assert from 'uvu/assert';
import {append, writeOnce, writeWhole} from '../../lib/files.js';
import {suite} from '../helpers/suite.js';

const test = suite('files');

test('a failed write names the file that it was for, and leaves none beside it', (t) => {
  const directory = `${t.dir}/some`;
  mkdirSync(`${directory}/taken`, {recursive: true});
  for (const [path, write] of [
    ['taken', writeWhole],
    ['taken', append],
    ['none/file', writeWhole],
    ['none/file', writeOnce],
    ['none/file', append],
  ] as const) {
    let failure: unknown;
    try {
      write(`${directory}/${path}`, 'words');
    } catch (error) {
      failure = error;
    }
    assert.is((failure as NodeJS.ErrnoException | undefined)?.path, `${directory}/${path}`);
  }
  assert.equal(readdirSync(directory), ['taken']);
  assert.equal(readdirSync(`${directory}/taken`), []);
});

test('what is written once stays, and the second one is told so', (t) => {
  const directory = `${t.dir}/some`;
  mkdirSync(directory);
  assert.ok(writeOnce(`${directory}/file`, 'first'));
  assert.not(writeOnce(`${directory}/file`, 'second'));
  assert.is(readFileSync(`${directory}/file`, 'utf8'), 'first');
  assert.equal(readdirSync(directory), ['file']);
});
