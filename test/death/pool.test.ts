import {testDeaths} from '../helpers/deaths.js';
import {suite} from '../helpers/suite.js';

testDeaths(suite('death at every step, a pool', {inMemory: true}), {
  kind: 'a pool',
  without: [],
  points: 'first of each scenario',
  others: 1,
});
