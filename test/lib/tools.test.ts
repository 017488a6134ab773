// Tools that types call.

import * as assert from 'uvu/assert';
import {existsSync} from 'node:fs';
import {askTool} from '../../lib/tools.js';
import {ownSeconds, processesWith} from '../helpers/sleepers.js';
import {suite} from '../helpers/suite.js';

const test = suite('tools');

test('one that takes too long is given up, also where what it has started keeps its outputs', async (t) => {
  const sleep = ownSeconds(t);
  t.atEnd(() => {
    for (const pid of processesWith(sleep)) process.kill(Number(pid), 'SIGKILL');
  });
  const code = `setsid sleep ${sleep} & sleep ${sleep}`;
  const options = {workersDirectory: `${t.dir}/workers`, env: t.env, timeoutMs: 500};
  try {
    await askTool('sh', ['-c', code], options);
    assert.unreachable();
  } catch (error) {
    assert.match(String(error), "'sh' did not end within 0.5 s");
  }
});

test('nothing is made in the place of what has gone', async (t) => {
  const options = {workersDirectory: `${t.dir}/gone/workers/1`, env: t.env, timeoutMs: 5_000};
  try {
    await askTool('true', [], options);
    assert.unreachable();
  } catch (error) {
    assert.match(String(error), `'${t.dir}/gone' has gone`);
  }
  assert.not.ok(existsSync(`${t.dir}/gone`));
});
