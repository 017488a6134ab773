import {testDeaths} from '../helpers/deaths.js';
import {suite} from '../helpers/suite.js';

testDeaths(suite('death at every step, a pool over a pool', {inMemory: true}), {
  kind: 'a pool over a pool',
  without: [],
  points: 'first of all scenarios',
  others: 1,
});
