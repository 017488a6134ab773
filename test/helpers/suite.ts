// The one door to uvu, and what it lacks: a file's tests run by themselves; each has a sandbox and a time
// limit; a test that was not reported, a hook that throws and a file without tests make the file fail.
//
//   const test = suite('release');
//   test('gives an instance back', async (t) => {…});

import {stripVTControlCharacters} from 'node:util';
import {suite as suiteOfUvu} from 'uvu';
import {Assertion} from 'uvu/assert';
import {enter} from './ledger.js';
import {Sandbox, Skip} from './sandbox.js';
import {within} from './within.js';

export interface TestOptions {
  readonly timeLimitMs?: number;
}

type Body = (t: Sandbox) => unknown;
type Hook = () => unknown;

export interface Test {
  (name: string, body: Body): void;
  (name: string, options: TestOptions, body: Body): void;
  /** Runs once before all tests of the suite; if it throws, none of them runs and all fail. */
  readonly before: (hook: Hook) => void;
  /** Runs once after all tests of the suite. */
  readonly after: (hook: Hook) => void;
}

/** Only the tests whose names have this in them. */
const only = process.env['CRCACHE_TEST_ONLY'] ?? '';

// These end what hangs; what takes some seconds takes many of them where much else runs.
const usualLimitMs = 60_000;
const cleanupLimitMs = 90_000;

/** Tests that were asked for and not yet reported. */
const expected = new Set<string>();
let wereAny = false;
let hasStarted = false;
let hasFailed = false;
let isStuck = false;

export interface SuiteOptions {
  /** The sandboxes are in memory: for tests of the state alone, which is flushed often. */
  readonly inMemory?: boolean;
}

/** The tests of one subject; they run, in their order, when the file has been read. */
export function suite(subject: string, {inMemory = false}: SuiteOptions = {}): Test {
  const inner = suiteOfUvu(subject);
  const test = (name: string, ...rest: [Body] | [TestOptions, Body]): void => {
    const [options, body] = rest.length === 1 ? [{}, rest[0]] : rest;
    const whole = `${subject}: ${name}`;
    if (!whole.includes(only)) return;
    if (hasStarted) throw new Error(`'${whole}' comes too late: the tests run already`);
    if (expected.has(whole)) throw new Error(`two tests are called '${whole}'`);
    expected.add(whole);
    wereAny = true;
    const sandbox = (): Sandbox => new Sandbox({inMemory});
    inner(name, () => runTest(whole, {timeLimitMs: usualLimitMs, ...options, sandbox}, body));
  };
  setImmediate(() => {
    hasStarted = true;
    inner.run();
  });
  const hooked = (when: 'before' | 'after') => (hook: Hook) => {
    inner[when](() => runHook(`${subject}: hook ${when}`, hook));
  };
  return Object.assign(test, {before: hooked('before'), after: hooked('after')});
}

async function runTest(
  name: string,
  {timeLimitMs, sandbox: open}: {timeLimitMs: number; sandbox: () => Sandbox},
  body: Body,
): Promise<void> {
  enter({kind: 'started', test: name});
  const sandbox = open();
  const start = performance.now();
  try {
    const skip = await skipOf(within(timeLimitMs, () => body(sandbox)));
    await within(cleanupLimitMs, () => sandbox.end());
    await sandbox.remove();
    const seconds = (performance.now() - start) / 1000;
    if (skip === undefined) enter({kind: 'passed', test: name, seconds});
    else enter({kind: 'skipped', test: name, reason: skip.message});
  } catch (error) {
    await failTest(sandbox, name, error);
  } finally {
    expected.delete(name);
    if (isStuck && expected.size === 0) setImmediate(() => process.exit(1));
  }
}

/** The reason why a test was left; undefined where it passed. */
async function skipOf(body: Promise<unknown>): Promise<Skip | undefined> {
  try {
    await body;
    return undefined;
  } catch (error) {
    if (error instanceof Skip) return error;
    throw error;
  }
}

/** Reports a failure, cleans up and lets uvu show the error. */
async function failTest(sandbox: Sandbox, name: string, reason: unknown): Promise<never> {
  const error = reason instanceof Error ? reason : new Error(`thrown: ${String(reason)}`);
  noteFailure(name, error);
  // What a test waited for in vain would keep the process alive.
  isStuck ||= error.name === 'TimeLimitError';
  if (sandbox.seed !== undefined) say(`${name}: ${sandbox.seed}`);
  await within(cleanupLimitMs, () => sandbox.end()).catch((other: unknown) => {
    say(`${name}: and its cleanup failed: ${String(other)}`);
  });
  if (process.env['CRCACHE_TEST_KEEP'] === undefined) {
    await sandbox.remove().catch((other: unknown) => {
      say(`${name}: and '${sandbox.dir}' stays: ${String(other)}`);
    });
  } else say(`${name}: kept '${sandbox.dir}'`);
  throw error;
}

/** uvu takes no notice of a hook that throws. */
async function runHook(name: string, hook: Hook): Promise<void> {
  try {
    await within(usualLimitMs, hook);
  } catch (error) {
    noteFailure(name, error);
    say(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    if (name.endsWith('before')) throw error;
  }
}

function noteFailure(test: string, error: unknown): void {
  hasFailed = true;
  enter({
    kind: 'failed',
    test,
    message:
      error instanceof Error ? `${error.name}: ${error.message}${detailsOf(error)}` : String(error),
  });
}

/** What an assertion found in the place of what it expected; uvu writes it for a terminal. */
function detailsOf(error: Error): string {
  if (!(error instanceof Assertion) || typeof error.details !== 'string') return '';
  return `\n${stripVTControlCharacters(error.details).trim()}`;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

process.on('exit', () => {
  if (!wereAny) say('there is no test in this file');
  for (const name of expected) say(`'${name}' was not reported`);
  if (wereAny && expected.size === 0) enter({kind: 'ended'});
  if (hasFailed || !wereAny || expected.size > 0) process.exitCode = 1;
});
