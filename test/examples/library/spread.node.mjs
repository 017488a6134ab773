// node --test spread.node.mjs: each file of tests runs in a free one of two instances.

import assert from 'node:assert';
import {readdirSync} from 'node:fs';
import test from 'node:test';
import {openCache} from 'crcache';

const files = readdirSync('tests').filter((file) => file.endsWith('.node.mjs'));
// node --test would take those in the instances for its own children.
const cache = openCache({env: {...process.env, NODE_TEST_CONTEXT: undefined}});
const instances = await cache.acquireAll('tests', 2, {waitMs: 60_000, imports: ['.']});
const free = [...instances];

test('all files', {concurrency: free.length}, async (t) => {
  t.after(() => instances[Symbol.asyncDispose]());
  const tests = files.map((file) =>
    t.test(file, async () => {
      const instance = free.pop();
      const run = await instance.run(['node', '--test', `tests/${file}`], {cwd: process.cwd()});
      free.push(instance);
      assert.equal(run.status, 0, run.stdout);
    }),
  );
  await Promise.all(tests);
});
