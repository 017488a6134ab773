import * as assert from 'uvu/assert';
import {CrcacheError} from '../../../lib/errors.js';
import {parseFormat} from '../../../lib/output/format.js';
import {listingOf, type Listing} from '../../../lib/output/records.js';
import {sorterOf} from '../../../lib/output/sort.js';
import type {Fields} from '../../../lib/output/value.js';
import {suite} from '../../helpers/suite.js';

const test = suite('--format');

interface Thing {
  readonly name: string;
  readonly size: number | null;
}

const fields: Fields<Thing> = {
  name: {summary: 'its name', read: ({name}) => name},
  size: {summary: 'its size', read: ({size}) => size},
};

const things: readonly Thing[] = [
  {name: 'pool-10', size: 9},
  {name: 'pool-9', size: null},
  {name: 'a\nb', size: 10},
];

const list = (wish: Partial<Listing<Thing>>): string =>
  listingOf<Thing>({fields, format: undefined, isJson: false, isNulEnded: false, ...wish})(things);

test('is the name unless it is given', () => {
  assert.is(list({}), 'pool-10\npool-9\n"a\\nb"\n');
});

test('has values, percent signs and characters by their numbers', () => {
  assert.is(list({format: '%(size)%%%41'}), '9%A\n%A\n10%A\n');
});

test('values are as they are where records end with NUL', () => {
  assert.is(list({isNulEnded: true}), 'pool-10\0pool-9\0a\nb\0');
});

test('JSON has all values, and null', () => {
  assert.equal(JSON.parse(list({isJson: true})), things);
});

for (const [format, message] of [
  ['%(nme)', "there is no key 'nme'"],
  ['%()', "there is no key ''"],
  ['a%', "the format has a '%' that nothing begins with: '%'"],
  ['%name', "the format has a '%' that nothing begins with: '%name'"],
] as const) {
  test(`'${format}' is wrong usage`, () => {
    assert.throws(
      () => parseFormat(format, fields),
      (error: unknown) =>
        error instanceof CrcacheError && error.kind === 'usage' && error.message === message,
    );
  });
}

test('--sort counts numbers as numbers and names as people do, and has nothing last', () => {
  const names = (key: string): string[] => sorterOf(fields, key)(things).map(({name}) => name);
  assert.equal(names('size'), ['pool-10', 'a\nb', 'pool-9']);
  assert.equal(names('-size'), ['a\nb', 'pool-10', 'pool-9']);
  assert.equal(names('name'), ['a\nb', 'pool-9', 'pool-10']);
});
