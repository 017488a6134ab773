import assert from 'node:assert';
import test from 'node:test';

test('runs in an instance', () => {
  assert.ok(process.env.CRCACHE_INSTANCE);
});
