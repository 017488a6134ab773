import {testDeaths} from '../helpers/deaths.js';
import {suite} from '../helpers/suite.js';

testDeaths(suite('death at every step, a pool over a pool'), {
  kind: 'a pool over a pool',
  without: [],
  scenarios: 'at new steps',
  others: 4,
});
