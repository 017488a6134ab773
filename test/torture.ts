// Torture: rounds of random operations by processes that are killed and stopped at random, until one goes wrong.
//
//   npm run torture -- [--minutes N] [--seed S] [--jobs J]
//
// Without --minutes it goes on for ever. A round's seed repeats its decisions; what the machine makes of them in time
// is its own.

import {rmSync} from 'node:fs';
import path from 'node:path';
import {parseArgs} from 'node:util';
import {randomFrom} from './helpers/random.js';
import {Sandbox} from './helpers/sandbox.js';
import {playRound} from './helpers/torture/round.js';

const {values} = parseArgs({
  options: {
    minutes: {type: 'string'},
    seed: {type: 'string'},
    jobs: {type: 'string', default: '4'},
  },
});
const seeds = randomFrom(Number(values.seed ?? Math.floor(Math.random() * 2 ** 31)));
const deadline = performance.now() + Number(values.minutes ?? Infinity) * 60_000;
const sandbox = new Sandbox({inMemory: true});
let total = 0;
let isWell = true;
for (let round = 0; isWell && performance.now() < deadline; round++) {
  // The first round has the seed that was asked for.
  const seed = round === 0 ? seeds.seed : seeds.below(2 ** 31);
  const root = path.join(sandbox.dir, String(round));
  const {operations, processes, signals, wrongs} = await playRound(sandbox, {
    ...{seed, root, operations: 200},
    jobs: Number(values.jobs),
  });
  total += operations;
  const counts = `${String(operations)} operations, ${String(processes)} processes, ${String(signals)} signals`;
  process.stdout.write(
    `round ${String(round)}, seed ${String(seed)}: ${counts}, ${String(total)} in all\n`,
  );
  isWell = wrongs.length === 0;
  if (isWell) rmSync(root, {recursive: true});
  else
    process.stdout.write(
      `${wrongs.join('\n')}\nkept: ${root}\n--seed ${String(seed)} repeats it\n`,
    );
}
await sandbox.end();
if (isWell) await sandbox.remove();
process.exitCode = isWell ? 0 : 1;
