import {test} from 'uvu';
import * as assert from 'uvu/assert';

test('runs in an instance', () => {
  assert.match(process.env.CRCACHE_INSTANCE ?? '', /^tests-/);
});
test.run();
