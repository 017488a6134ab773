// A command that nobody wants any more.

import * as assert from 'uvu/assert';
import {supervise, type Outcome} from '../../../lib/operation/supervise.js';
import type {Sandbox} from '../../helpers/sandbox.js';
import {suite} from '../../helpers/suite.js';

const test = suite('supervising');

/** Runs what would take long. */
function runLong({dir, env}: Sandbox, abort: AbortSignal): Promise<Outcome> {
  return supervise(
    {program: 'sleep', words: ['1000'], cwd: dir, env, directory: dir},
    {umask: 0o022, graceMs: 10_000, isWithoutTerminal: true, abort},
  );
}

test('ends a command that nobody wanted any more before it was started', async (t) => {
  assert.is((await runLong(t, AbortSignal.abort())).signal, 'SIGTERM');
});

test('ends a command that is given up while it is started', async (t) => {
  const end = new AbortController();
  const running = runLong(t, end.signal);
  end.abort();
  assert.is((await running).signal, 'SIGTERM');
});
