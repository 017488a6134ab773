import * as assert from 'uvu/assert';
import {renderTable} from '../../../lib/output/table.js';
import {suite} from '../../helpers/suite.js';

const test = suite('a table');

const columns = [{title: 'name'}, {title: 'state', gap: 1}, {title: 'n'}];

test('has two blanks between columns unless it says otherwise, and none at the end of a line', () => {
  assert.is(
    renderTable(columns, [
      ['a', 'cached', '1'],
      ['longer', 'x', ''],
    ]),
    'name    state  n\na       cached 1\nlonger  x\n',
  );
});

test('is as wide as its widest cell, counted in characters', () => {
  assert.is(renderTable(columns, [['äöüäö', 'x', '1']]), 'name   state n\näöüäö  x     1\n');
});

test('a row of a single cell makes no column wider', () => {
  assert.is(
    renderTable(columns, [['+ a remark'], ['a', 'b', 'c']]),
    'name  state n\n+ a remark\na     b     c\n',
  );
});

test('has no line that a cell could forge', () => {
  assert.is(renderTable(columns, [['a\nb', '', '']]), 'name    state n\n"a\\nb"\n');
});
