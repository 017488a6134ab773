// Comparing costs. Only ratios are told: both sides run in turns on one machine, so that what else goes on
// there meets both.

import {spawnSync} from 'node:child_process';
import {readFileSync, rmSync} from 'node:fs';
import path from 'node:path';
import type {Sandbox} from '../helpers/sandbox.js';

/** What one run costs, in whichever unit. */
export type Cost = () => number;

export interface Row {
  readonly what: string;
  readonly against: string;
  /** The ratio of the two that is allowed. */
  readonly bound: number;
  /** How often each side runs, where it takes little time. */
  readonly runs?: number;
  readonly cost: Cost;
  readonly otherCost: Cost;
}

/** Rows about one thing; the sandbox is theirs alone. */
export interface Topic {
  readonly name: string;
  readonly rows: (t: Sandbox) => Promise<readonly Row[]> | readonly Row[];
}

/** How often each side runs, unless CRCACHE_BENCH_RUNS says. */
export function runsUnlessGiven(usual: number): number {
  const given = process.env['CRCACHE_BENCH_RUNS'] ?? '';
  return given === '' ? usual : Number(given);
}

/** The median ratio of this many runs of both sides in turns, after one that does not count. */
export function ratioOf({cost, otherCost}: Row, runs: number): number {
  const ratios = Array.from({length: runs + 1}, () => cost() / otherCost());
  return median(ratios.slice(1));
}

/** The wall time of a program, in milliseconds. */
export function wallTimeOf(t: Sandbox, [program, ...words]: readonly [string, ...string[]]): Cost {
  return () => {
    const start = performance.now();
    runQuietly(program, words, t);
    return performance.now() - start;
  };
}

/** The wall time of ten calls by a shell: node takes longer to start a small program than that takes to run. */
export function timeOfTenCalls(t: Sandbox, words: readonly string[]): Cost {
  const tenTimes = 'for each in 0 1 2 3 4 5 6 7 8 9; do "$@" || exit; done';
  return wallTimeOf(t, ['sh', '-c', tenTimes, 'sh', ...words]);
}

/** The peak memory of a program that runs in node, in KiB, as it finds it when it ends. */
export function peakMemoryOf(
  t: Sandbox,
  [program, ...words]: readonly [string, ...string[]],
): Cost {
  const result = path.join(t.dir, 'peak-memory');
  const hook = t.write(
    'peak-memory.cjs',
    `process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify(result)}, ` +
      `String(process.resourceUsage().maxRSS)));`,
  );
  return () => {
    rmSync(result, {force: true});
    const env = {...t.env, NODE_OPTIONS: `--require=${hook}`};
    runQuietly(program, words, {dir: t.dir, env});
    return Number(readFileSync(result, 'utf8'));
  };
}

function runQuietly(
  program: string,
  words: readonly string[],
  {dir, env}: Pick<Sandbox, 'dir' | 'env'>,
): void {
  const {status, error} = spawnSync(program, words, {cwd: dir, env, stdio: 'ignore'});
  if (status !== 0) throw new Error(`'${[program, ...words].join(' ')}' failed`, {cause: error});
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length / 2;
  const low = sorted[Math.ceil(middle) - 1] ?? NaN;
  const high = sorted[Math.floor(middle)] ?? NaN;
  return (low + high) / 2;
}
