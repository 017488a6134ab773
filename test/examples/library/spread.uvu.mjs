// node spread.uvu.mjs: each file of tests runs in a free one of two instances, and is a test of uvu's here.

import {readdirSync} from 'node:fs';
import {openCache} from 'crcache';
import {test} from 'uvu';
import * as assert from 'uvu/assert';

const files = readdirSync('tests').filter((file) => file.endsWith('.uvu.mjs'));
const instances = await openCache().acquireAll('tests', 2, {waitMs: 60_000, imports: ['.']});

const results = new Map();
const waiting = [...files];
const all = instances.map(async (instance) => {
  for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
    const words = ['node', `tests/${file}`];
    results.set(file, await instance.run(words, {cwd: process.cwd()}));
  }
});

for (const file of files) {
  test(file, async () => {
    await Promise.all(all);
    const {status, stdout} = results.get(file);
    assert.is(status, 0, stdout);
  });
}
test.after(() => instances[Symbol.asyncDispose]());
test.run();
