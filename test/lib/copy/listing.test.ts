// When two listings are alike, so that nothing of them need be read.

import * as assert from 'uvu/assert';
import {Listing} from '../../../lib/copy/listing.js';
import {suite} from '../../helpers/suite.js';

const test = suite('listings');

const listing = (...records: readonly string[]): Listing =>
  new Listing(Buffer.from(['/dir', 'rsync', ...records, ''].join('\0'), 'latin1'));

test('are alike in any order, and where times differ by less than a second', () => {
  const one = listing('a.1////f 644 0 0 5 100.25', 'b////f 644 0 0 5 7.5');
  assert.ok(one.isLike(listing('b////f 644 0 0 5 7', 'a.1////f 644 0 0 5 100.75')));
});

test('are not alike where anything else differs, or is unknown, or there for a moment', () => {
  const one = listing('a.1////f 644 0 0 5 100');
  for (const other of [
    'a.2////f 644 0 0 5 100',
    'a.1////f 644 0 0 5 101',
    'a.1////f 600 0 0 5 100',
    'a.1//x//l 644 0 0 5 100',
  ]) {
    assert.not.ok(one.isLike(listing(other)), other);
  }
  for (const record of ['a////f 644 - - - -', '.crcache-x.part////f 644 0 0 5 100']) {
    assert.not.ok(listing(record).isLike(listing(record)), record);
  }
});
