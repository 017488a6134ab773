import * as assert from 'uvu/assert';
import {safe} from '../../../lib/output/safe.js';
import {suite} from '../../helpers/suite.js';

const test = suite('safe text');

for (const [text, shown] of [
  ['make "all" \\ done', 'make "all" \\ done'],
  ['grüße', 'grüße'],
  ['a\nb', '"a\\nb"'],
  ['\u001b[2J"\\', '"\\u{1b}[2J\\"\\\\"'],
  ['abc\u202ecba', '"abc\\u{202e}cba"'],
  ['\u2028', '"\\u{2028}"'],
] as const) {
  test(`${JSON.stringify(text)} is shown as ${shown}`, () => {
    assert.is(safe(text), shown);
  });
}
