// What is said of a failure, and with which status the program ends.

import * as assert from 'uvu/assert';
import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {
  exitMeanings,
  exitStatus,
  FailureBesideCommand,
  isBrokenPipe,
  reportOf,
} from '../../../lib/cli/exit-status.js';
import {CrcacheError, type FailureKind} from '../../../lib/errors.js';
import {suite} from '../../helpers/suite.js';

const test = suite('the exit status');

const statuses: Readonly<Record<FailureKind, number>> = {
  failed: 1,
  usage: 2,
  'not-found': 10,
  locked: 11,
  exhausted: 12,
  hook: 13,
  damaged: 14,
};

for (const [kind, status] of Object.entries(statuses)) {
  test(`of a failure of the kind '${kind}' is ${String(status)}`, () => {
    const report = reportOf(new CrcacheError(kind as FailureKind, "cannot lock 'pool'"));
    assert.equal(report, {status, lines: ["crcache: cannot lock 'pool'"]});
  });
}

test('no status has two meanings, and each has one', () => {
  const values = Object.values(exitStatus);
  assert.is(new Set(values).size, values.length);
  assert.equal(Object.keys(exitMeanings), Object.keys(exitStatus));
});

test('a hint has a line of its own', () => {
  const {lines} = reportOf(new CrcacheError('usage', "no source 'pol'", "did you mean 'pool'"));
  assert.equal(lines, ["crcache: no source 'pol'", "hint: did you mean 'pool'"]);
});

test('an error of the file system is one line with the path, and no stack', () => {
  const error = thrownBy(() => readFileSync('/no/such/file'));
  const line = "crcache: cannot use '/no/such/file': no such file or directory";
  assert.equal(reportOf(error), {status: 1, lines: [line]});
});

test('of a program that cannot be started is told in words, too', () => {
  const {error} = spawnSync('sleep', ['0'], {cwd: '/no/such/directory'});
  assert.equal(reportOf(error).lines, ["crcache: cannot use 'sleep': no such file or directory"]);
});

test('a reader that has gone is no failure, and nothing is said', () => {
  const error = Object.assign(new Error('write EPIPE'), {code: 'EPIPE', syscall: 'write'});
  assert.ok(isBrokenPipe(error));
  assert.equal(reportOf(error), {status: 0, lines: []});
});

test('where statuses are those of a command, a reader that has gone is SIGPIPE', () => {
  const error = Object.assign(new Error('write EPIPE'), {code: 'EPIPE', syscall: 'write'});
  assert.equal(reportOf(new FailureBesideCommand(error, 125)), {status: 141, lines: []});
});

test('a bug shows its stack and asks for a report', () => {
  const {status, lines} = reportOf(thrownBy(() => (undefined as unknown as string).length));
  assert.is(status, 70);
  assert.is(lines[0], 'crcache: this is a bug in crcache');
  assert.match(lines[1] ?? '', /^ {4}TypeError: Cannot read properties of undefined/);
  assert.match(lines[2] ?? '', /^ {8}at .*exit-status\.test/);
  assert.match(lines.at(-1) ?? '', /^hint: please report it/);
});

test('what is thrown and is no error is a bug as well', () => {
  for (const thrown of ['oh dear', undefined, null, 3]) {
    const {status, lines} = reportOf(thrown);
    assert.is(status, 70);
    assert.is(lines[1], `    ${String(thrown)}`);
  }
});

test("an error of node's own about its use is a bug, though it has a code", () => {
  const error = thrownBy(() => readFileSync({} as unknown as string));
  assert.is(reportOf(error).status, 70);
});

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
