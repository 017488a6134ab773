import {testDeaths} from '../helpers/deaths.js';
import {suite} from '../helpers/suite.js';

testDeaths(suite('death at every step, a pool'), {
  kind: 'a pool',
  without: [],
  scenarios: 'at each step',
  others: 4,
});
