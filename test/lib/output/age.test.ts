import * as assert from 'uvu/assert';
import {ageOf, formatAge} from '../../../lib/output/age.js';
import {suite} from '../../helpers/suite.js';

const test = suite('ages');

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

for (const [ms, words] of [
  [-5, '0s'],
  [999, '0s'],
  [59 * second, '59s'],
  [3 * minute + 59 * second, '3m'],
  [hour, '1h'],
  [2 * hour + 5 * minute, '2h 5m'],
  [11 * hour + 59 * minute, '11h'],
  [4 * day + hour, '4d 1h'],
  [400 * day, '400d'],
] as const) {
  test(`${String(ms)} ms are '${words}'`, () => {
    assert.is(formatAge(ms), words);
  });
}

test('an age is the time since; what is no time has none', () => {
  const now = new Date('2026-01-01T01:00:00Z');
  assert.is(ageOf('2026-01-01T00:57:00Z', now), '3m');
  assert.is(ageOf('yesterday', now), undefined);
  assert.is(ageOf(undefined, now), undefined);
});
