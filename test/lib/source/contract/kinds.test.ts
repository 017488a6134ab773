// That no kind is forgotten.

import * as assert from 'uvu/assert';
import {readdirSync, readFileSync} from 'node:fs';
import {repository} from '../../../helpers/sandbox.js';
import {suite} from '../../../helpers/suite.js';
import {kinds} from './kinds.js';

const test = suite('kinds of instances');

test('each has one call of the contract, and a name of its own', () => {
  const directory = `${repository}/test/lib/source/contract`;
  const files = readdirSync(directory).filter((file) => file.endsWith('.test.ts'));
  const called = files.flatMap((file) => {
    const text = readFileSync(`${directory}/${file}`, 'utf8');
    return [...text.matchAll(/^contract\('(.+)'\);$/gm)].map(([, name]) => name);
  });
  assert.equal(called.sort(), kinds.map(({name}) => name).sort());
});
