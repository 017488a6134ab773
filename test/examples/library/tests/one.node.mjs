import assert from 'node:assert';
import test from 'node:test';

test('runs in an instance', () => {
  assert.match(process.env.CRCACHE_INSTANCE ?? '', /^tests-/);
});
