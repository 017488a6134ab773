// test/examples: each directory is shown by a page of the manual, and that page shows nothing that is not in it.

import * as assert from 'uvu/assert';
import {readdirSync, readFileSync} from 'node:fs';
import {plainBlocks} from './helpers/roff.js';
import {repository} from './helpers/sandbox.js';
import {suite} from './helpers/suite.js';

const test = suite('the examples');

const directory = `${repository}/test/examples`;
const read = (file: string): string => readFileSync(file, 'utf8');

const names = readdirSync(directory);

test('are the files that the pages show', () => {
  for (const name of names) {
    const files = readdirSync(`${directory}/${name}`, {recursive: true, withFileTypes: true});
    const texts = files
      .filter((file) => file.isFile())
      .map((file) => read(`${file.parentPath}/${file.name}`));
    const blocks = plainBlocks(read(`${repository}/man/crcache-${name}.7`));
    const shown = blocks.filter((block) => !block.startsWith('$ ')); // sessions are followed by tests
    assert.ok(blocks.length > 0, name);
    for (const example of shown) {
      assert.ok(
        texts.some((text) => text.includes(example)),
        `crcache-${name}.7 shows what is in no file of test/examples/${name}:\n${example}`,
      );
    }
  }
});

test('are all used by a test', () => {
  const tests = readdirSync(`${repository}/test/clients`).map((file) =>
    read(`${repository}/test/clients/${file}`),
  );
  for (const name of names) {
    assert.ok(
      tests.some((text) => text.includes(`copyExample(t, '${name}'`)),
      `no test of test/clients copies test/examples/${name}`,
    );
  }
});
