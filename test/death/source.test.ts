import {testDeaths} from '../helpers/deaths.js';
import {suite} from '../helpers/suite.js';

testDeaths(suite('death at every step, a source'), {
  kind: 'a source',
  without: ['provision:backing-asked', 'provision:backing-got'],
  scenarios: 'at each step',
  others: Infinity,
});
