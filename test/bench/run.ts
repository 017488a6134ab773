// Prints what things cost as ratios, with what they may cost: `npm run bench`, or `npm run bench -- TOPIC`.
// Ends with 1 where one costs more. CRCACHE_BENCH_RUNS: how often each side runs at most (31; its row may say less).
// CRCACHE_TEST_KIND=docker: of the topics that measure kinds of instances, that one alone.
//
// To add a topic: a file here with its rows, and its place in the list below.

import {availableParallelism, loadavg} from 'node:os';
import {Sandbox} from '../helpers/sandbox.js';
import {copies} from './copy.js';
import {farCommands} from './far-command.js';
import {lifecycle} from './lifecycle.js';
import {ratioOf, runsUnlessGiven, type Topic} from './measure.js';
import {provisioning} from './provisioning.js';
import {rsh} from './rsh.js';
import {runCommand} from './run-command.js';
import {startUp} from './start-up.js';
import {status} from './status.js';

const topics: readonly Topic[] = [
  startUp,
  status,
  lifecycle,
  provisioning,
  runCommand,
  ...farCommands,
  rsh,
  ...copies,
];

const runs = runsUnlessGiven(31);

function printLine(...columns: readonly [string, string, string, string, string]): void {
  const widths = [40, 24, 6, 6, 4];
  const cells = columns.map((column, index) => column.padEnd(widths[index] ?? 0));
  process.stdout.write(`${cells.join('  ').trimEnd()}\n`);
}

/** Measures one topic; the value is how many of its rows cost too much. */
async function runTopic(topic: Topic): Promise<number> {
  const sandbox = new Sandbox();
  let over = 0;
  try {
    for (const row of await topic.rows(sandbox)) {
      const ratio = ratioOf(row, Math.min(row.runs ?? runs, runs));
      const isOver = !(ratio <= row.bound); // no number is no success
      if (isOver) over++;
      const verdict = isOver ? 'over' : 'ok';
      printLine(row.what, row.against, ratio.toFixed(2), row.bound.toFixed(2), verdict);
    }
  } finally {
    await sandbox.end();
    await sandbox.remove();
  }
  return over;
}

const names = process.argv.slice(2);
const unknown = names.filter((name) => !topics.some((topic) => topic.name === name));
if (unknown.length > 0) throw new Error(`there is no topic '${unknown.join("', '")}'`);

printLine('what', 'against', 'ratio', 'bound', '');
for (const topic of topics) {
  if (names.length > 0 && !names.includes(topic.name)) continue;
  if ((await runTopic(topic)) > 0) process.exitCode = 1;
}
const [load = 0] = loadavg();
if (load > availableParallelism()) {
  process.stderr.write(`the machine was busy (load ${load.toFixed(1)}): measure again\n`);
}
