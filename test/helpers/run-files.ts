// Runs files of tests, each in a process of its own, and tells what came of them.

import {randomUUID} from 'node:crypto';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {findAdded, findLeftOver} from './left-over.js';
import {readLedger, type Entry} from './ledger.js';
import {killGroup, runProcess, type Result} from './programs.js';

export interface RunFilesOptions {
  /** How many files run at the same time. */
  readonly jobs: number;
  readonly fileLimitMs: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Shows a line, or several, to a person. */
  readonly show: (text: string) => void;
  /** What is there afterwards beside processes, and was not before, is a failure. */
  readonly machine?: Machine;
  /** What a file is called in the output. */
  readonly nameOf: (file: string) => string;
}

export interface Machine {
  readonly listThings: () => readonly string[];
  /** Whether others than this run have tests there. */
  readonly isShared: (run: string) => boolean;
}

/** How many of the tests that took longest are named. */
const slowestAtMost = 12;

/** How many characters of a failure's message are said once more at the end. */
const messageAtMost = 1000;

interface Timed {
  readonly test: string;
  readonly seconds: number;
}

interface Outcome {
  readonly passed: readonly Timed[];
  readonly failed: number;
  /** What failed and why, for those who see the end of a long output only. */
  readonly failures: readonly string[];
  readonly skipped: readonly string[];
}

/** Runs the files, shows what fails and, last, the totals; the value is whether all is well. */
export async function runFiles(
  files: readonly string[],
  options: RunFilesOptions,
): Promise<boolean> {
  const run = randomUUID();
  const before = options.machine?.listThings() ?? [];
  const ledgers = mkdtempSync(path.join(tmpdir(), 'crcache-ledgers-'));
  const outcomes: Outcome[] = [];
  const waiting = files.map((file, index) => ({file, ledger: path.join(ledgers, String(index))}));
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const env = {...options.env, CRCACHE_TEST_RUN: run, CRCACHE_TEST_LEDGER: next.ledger};
      outcomes.push(await runFile(next.file, {...options, env}));
    }
  };
  await Promise.all(Array.from({length: options.jobs}, work));
  rmSync(ledgers, {recursive: true});
  const left = (await endLeftOver(run, options)) + (await tellAdded(run, before, options));
  return showTotals(outcomes, left, options);
}

async function runFile(file: string, options: RunFilesOptions): Promise<Outcome> {
  const started = Date.now();
  const late: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  const result = await runProcess(process.execPath, ['--enable-source-maps', file], {
    env: options.env,
    onStart: (child) => {
      timer = setTimeout(() => {
        late.push(`did not end within ${String(options.fileLimitMs / 1000)} s`);
        killGroup(child);
      }, options.fileLimitMs);
    },
  });
  clearTimeout(timer);
  const entries = readLedger(options.env['CRCACHE_TEST_LEDGER'] ?? '');
  const problems = [...late, ...problemsOf(entries, result)];
  const outcome = countOutcome(entries, problems);
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  const counts = `${String(outcome.passed.length)} passed, ${seconds} s`;
  const name = options.nameOf(file);
  if (problems.length === 0) {
    options.show(`ok    ${name} (${counts})\n`);
  } else {
    const lines = problems.map((problem) => `      ${problem}\n`).join('');
    options.show(`FAIL  ${name} (${counts})\n${lines}${result.stdout}${result.stderr}\n`);
  }
  for (const entry of entries) if (entry.kind === 'noted') options.show(`note  ${entry.line}\n`);
  const skipped = outcome.skipped.map((skip) => `${name}: ${skip}`);
  const messages = messagesOf(entries);
  const failures = (messages.length > 0 ? [...late, ...messages] : problems).map(
    (failure) => `${name}: ${failure}`,
  );
  return {...outcome, skipped, failures};
}

/** What is wrong with a file that has run; each is one line. */
function problemsOf(entries: readonly Entry[], {status, signal}: Result): string[] {
  const failed = entries.flatMap((entry) => (entry.kind === 'failed' ? [entry.test] : []));
  if (failed.length > 0) return failed.map((test) => `failed: ${test}`);
  const reported = entries.flatMap((entry) =>
    entry.kind === 'ended' || entry.kind === 'started' || entry.kind === 'noted'
      ? []
      : [entry.test],
  );
  const cut = entries.flatMap((entry) =>
    entry.kind === 'started' && !reported.includes(entry.test) ? [`cut short: ${entry.test}`] : [],
  );
  const end = status === null ? `signal ${String(signal)}` : `status ${String(status)}`;
  const hasEnded = entries.some(({kind}) => kind === 'ended');
  if (!hasEnded) return [...cut, `ended without the report of all its tests, with ${end}`];
  return status === 0 ? [] : [`all its tests passed, but it ended with ${end}`];
}

/** The messages of what failed, each short enough for all of them to be seen. */
function messagesOf(entries: readonly Entry[]): string[] {
  return entries.flatMap((entry) =>
    entry.kind === 'failed' ? [`${entry.test}: ${entry.message.slice(0, messageAtMost)}`] : [],
  );
}

/** A file that fails in another way than by a test counts as one failure. */
function countOutcome(
  entries: readonly Entry[],
  problems: readonly string[],
): Omit<Outcome, 'failures'> {
  const passed = entries.filter((entry) => entry.kind === 'passed');
  const ownFailed = entries.filter(({kind}) => kind === 'failed').length;
  const skipped = entries.flatMap((entry) =>
    entry.kind === 'skipped' ? [`${entry.test} (${entry.reason})`] : [],
  );
  const failed = Math.max(ownFailed, problems.length === 0 ? 0 : 1);
  return {passed, failed, skipped};
}

/** Names the processes that are left over, and ends them. */
async function endLeftOver(run: string, {show}: RunFilesOptions): Promise<number> {
  const mark = `CRCACHE_TEST_RUN=${run}`;
  const left = await findLeftOver(mark);
  for (const {pid, command} of left) {
    show(`FAIL  left over: process ${String(pid)}, '${command}'\n`);
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // it has just ended
    }
  }
  if (left.length > 0) await findLeftOver(mark);
  return left.length;
}

/** Names what the tests have left on the machine. Where others run tests there, nobody knows whose it is. */
async function tellAdded(
  run: string,
  before: readonly string[],
  {machine, show}: RunFilesOptions,
): Promise<number> {
  if (machine === undefined) return 0;
  const added = await findAdded(machine.listThings, before);
  if (added.length === 0) return 0;
  if (machine.isShared(run)) {
    show(`note  not known whose it is, for others run tests here: ${added.join(', ')}\n`);
    return 0;
  }
  for (const thing of added) show(`FAIL  left over: ${thing}\n`);
  return added.length;
}

function showTotals(outcomes: readonly Outcome[], left: number, {show}: RunFilesOptions): boolean {
  const sum = (count: (outcome: Outcome) => number): number =>
    outcomes.reduce((total, outcome) => total + count(outcome), 0);
  const skipped = outcomes.flatMap((outcome) => outcome.skipped);
  const timed = outcomes.flatMap((outcome) => outcome.passed);
  const passed = timed.length;
  const failed = sum((outcome) => outcome.failed) + left;
  const slowest = [...timed].sort((a, b) => b.seconds - a.seconds).slice(0, slowestAtMost);
  for (const {test, seconds} of slowest) show(`slow  ${seconds.toFixed(1)} s  ${test}\n`);
  for (const skip of skipped) show(`skip  ${skip}\n`);
  for (const failure of outcomes.flatMap(({failures}) => failures)) show(`fail  ${failure}\n`);
  const hasRun = passed + failed > 0;
  if (!hasRun) show('FAIL  no test ran\n');
  const counts = [
    `${String(passed)} passed`,
    `${String(failed)} failed`,
    `${String(skipped.length)} skipped`,
  ];
  show(`${counts.join(', ')}\n`);
  return hasRun && failed === 0;
}
