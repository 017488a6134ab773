import * as assert from 'uvu/assert';
import {formatTime} from '../../lib/time.js';
import {suite} from '../helpers/suite.js';

const test = suite('times');

test('a time is written as Date itself would write it', (t) => {
  const dates = Array.from({length: 1000}, () => new Date(t.random.below(2 ** 31) * 2000));
  for (const date of [new Date(0), new Date(999), ...dates]) {
    assert.is(formatTime(date), date.toISOString());
  }
});
