import * as assert from 'uvu/assert';
import {readFileSync} from 'node:fs';
import type {Sandbox} from '../helpers/sandbox.js';
import {suite} from '../helpers/suite.js';

const test = suite('run --status-file');

async function acquireOne(t: Sandbox): Promise<() => string> {
  t.write('config/sources/s/source.conf', 'type=sim\n');
  await t.crcache(['acquire', '-s', 's']);
  return () => readFileSync(`${t.dir}/end`, 'utf8');
}

test('tells of a time that was up before the directory was entered', async (t) => {
  const read = await acquireOne(t);
  const options = ['--timeout', '1ms', '--status-file', 'end', '-C', '/'];
  const {status} = await t.crcache(['run', ...options, 's-0', 'sleep', '100']);
  assert.equal([status, read()], [124, 'status=124\nwhy=timeout\n']);
});
