// What became of each test, written down as it happens: a process that ends early leaves a ledger
// without its last line, and the runner sees it.

import {appendFileSync, existsSync, readFileSync} from 'node:fs';

export type Entry =
  | {readonly kind: 'started'; readonly test: string}
  | {readonly kind: 'passed'; readonly test: string; readonly seconds: number}
  | {readonly kind: 'failed'; readonly test: string; readonly message: string}
  | {readonly kind: 'skipped'; readonly test: string; readonly reason: string}
  /** Figures that a test wants seen, also when all is well. */
  | {readonly kind: 'noted'; readonly line: string}
  /** The last line of a file whose tests have all been reported. */
  | {readonly kind: 'ended'};

/** Adds a line to the ledger that the runner named; without a runner there is none. */
export function enter(entry: Entry): void {
  const path = process.env['CRCACHE_TEST_LEDGER'];
  if (path !== undefined) appendFileSync(path, `${JSON.stringify(entry)}\n`);
}

export function readLedger(path: string): readonly Entry[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Entry);
}
