// Random operations by processes that die and stop at random: some rounds of `npm run torture`.

import * as assert from 'uvu/assert';
import path from 'node:path';
import {suite} from './helpers/suite.js';
import {playRound} from './helpers/torture/round.js';

const test = suite('random', {inMemory: true});

/** No round begins after this time. */
const enoughMs = 35_000;

test('nothing is lost, double or left behind, whoever dies', {timeLimitMs: 150_000}, async (t) => {
  const {seed} = t.random;
  const totals = {operations: 0, processes: 0, signals: 0};
  let rounds = 0;
  for (const deadline = performance.now() + enoughMs; performance.now() < deadline; rounds++) {
    const outcome = await playRound(t, {
      seed: t.random.below(2 ** 31),
      jobs: 3,
      operations: 400,
      root: path.join(t.dir, String(rounds)),
    });
    assert.equal(outcome.wrongs, []);
    totals.operations += outcome.operations;
    totals.processes += outcome.processes;
    totals.signals += outcome.signals;
  }
  const counts = Object.entries(totals).map(([what, count]) => `${String(count)} ${what}`);
  t.note(`random: seed ${String(seed)}: ${String(rounds)} rounds, ${counts.join(', ')}`);
});
