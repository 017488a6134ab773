import {testDeaths} from '../helpers/deaths.js';
import {suite} from '../helpers/suite.js';

testDeaths(suite('death at every step, a source', {inMemory: true}), {
  kind: 'a source',
  without: ['provision:backing-asked', 'provision:backing-got'],
  points: 'all',
  others: 1,
});
