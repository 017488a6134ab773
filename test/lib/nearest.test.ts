// Which word is offered for a wrong one, and when none is.

import * as assert from 'uvu/assert';
import {nearest} from '../../lib/nearest.js';
import {suite} from '../helpers/suite.js';

const test = suite('the nearest word');

const words = ['help', 'acquire', 'release', 'renew', 'run', 'reset-instance', 'cp', 'status'];

const cases: readonly (readonly [kind: string, word: string, near: string | undefined])[] = [
  ['the word itself', 'help', 'help'],
  ['a changed letter', 'halp', 'help'],
  ['a letter too many', 'hellp', 'help'],
  ['a letter too few', 'hlp', 'help'],
  ['two letters swapped', 'hepl', 'help'],
  ['two letters swapped at the beginning', 'rnu', 'run'],
  ['several errors in a long word', 'reste-instnace', 'reset-instance'],
  ['more errors than a short word bears', 'haap', undefined],
  ['another word', 'xyzzy', undefined],
  ['one letter', 'x', undefined],
  ['no letter', '', undefined],
];

for (const [kind, word, near] of cases) {
  test(`${kind}: '${word}'`, () => {
    assert.is(nearest(word, words), near);
  });
}

test('a word of one letter is meant by none that has no letter of it', () => {
  for (const word of ['', '*', 'x']) assert.is(nearest(word, ['s']), undefined);
  assert.is(nearest('ss', ['s']), 's');
});

test('of two the nearer one, wherever it stands', () => {
  for (const list of [
    ['release', 'releases'],
    ['releases', 'release'],
  ]) {
    assert.is(nearest('relaese', list), 'release');
  }
});

test('of two that are equally near, the first', () => {
  assert.is(nearest('rum', ['run', 'rug']), 'run');
});

test('there is none among no words', () => {
  assert.is(nearest('help', []), undefined);
});
