import * as assert from 'uvu/assert';
import {splitWords} from '../../lib/shell-words.js';
import {suite} from '../helpers/suite.js';

const test = suite('words of sh');

const texts: readonly (readonly [string, readonly string[] | undefined])[] = [
  ['', []],
  ['  ', []],
  [' --memory 1g\t--network  none ', ['--memory', '1g', '--network', 'none']],
  [`'a b' "c d" e\\ f`, ['a b', 'c d', 'e f']],
  [`A='b "c"'"d 'e'"f`, [`A=b "c"d 'e'f`]],
  [`"a\\"b\\\\c\\d" '\\'`, ['a"b\\c\\d', '\\']],
  [`'' ""`, ['', '']],
  ['$HOME #x ä', ['$HOME', '#x', 'ä']],
  [`'a`, undefined],
  [`"a`, undefined],
  ['"a\\"', undefined],
  ['a\\', undefined],
  [`a'`, undefined],
];

test('are split as sh would, but for what sh would put in', () => {
  for (const [text, words] of texts) assert.equal(splitWords(text), words, text);
});

test('are found in long texts at once', () => {
  assert.is(splitWords(`${'a'.repeat(100_000)}'`), undefined);
});
