import {execFileSync} from 'node:child_process';
import * as assert from 'uvu/assert';
import {quotas} from '../../../lib/source/cores.js';
import type {Sandbox} from '../../helpers/sandbox.js';
import {suite} from '../../helpers/suite.js';

const test = suite('cores');

function quotasOf(t: Sandbox, files: Readonly<Record<string, string>>): number[] {
  for (const [file, text] of Object.entries(files)) t.write(`root/${file}`, `${text}\n`);
  return quotas(`${t.dir}/root`);
}

test('the quotas of a control group, and of those that it is in', (t) => {
  assert.equal(
    quotasOf(t, {
      'proc/self/cgroup': '0::/user.slice/job',
      'sys/fs/cgroup/user.slice/job/cpu.max': 'max 100000',
      'sys/fs/cgroup/user.slice/cpu.max': '150000 100000',
    }),
    [1.5],
  );
});

test('the quotas of version 1, where others share the hierarchy of the cpu', (t) => {
  const group = 'sys/fs/cgroup/cpu/build';
  assert.equal(
    quotasOf(t, {
      'proc/self/cgroup': '3:cpuset:/other\n2:cpuacct,cpu:/build/one',
      [`${group}/one/cpu.cfs_quota_us`]: '-1',
      [`${group}/one/cpu.cfs_period_us`]: '100000',
      [`${group}/cpu.cfs_quota_us`]: '50000',
      [`${group}/cpu.cfs_period_us`]: '100000',
    }),
    [0.5],
  );
});

test('in a container its own group is at the top, wherever it is outside', (t) => {
  assert.equal(
    quotasOf(t, {
      'proc/self/cgroup': '0::/docker/abc',
      'sys/fs/cgroup/cpu.max': '200000 100000',
    }),
    [2],
  );
});

test('where nothing says so there are none', (t) => {
  assert.equal(quotasOf(t, {'proc/self/cgroup': ''}), []);
  assert.equal(
    quotasOf(t, {'proc/self/cgroup': '0::/', 'sys/fs/cgroup/cpu.max': 'max 100000'}),
    [],
  );
});

test('an instance of this machine has as many as the affinity leaves, or concurrency= says', async (t) => {
  t.needs('taskset');
  const affinity = execFileSync('taskset', ['-cp', String(process.pid)], {encoding: 'utf8'});
  const [first = '0'] = /[0-9]+(?=[-,0-9]*\s*$)/.exec(affinity) ?? [];
  t.write('config/sources/five/source.conf', '[DEFAULT]\ntype=local\nconcurrency=5\n');
  const script =
    'crcache -s local acquire && crcache -s five acquire && crcache list-instances --format "%(name) %(concurrency)"';
  const {status, stdout, stderr} = await t.run('taskset', ['-c', first, 'sh', '-c', script]);
  assert.is(status, 0, stderr);
  assert.match(stdout, /^local-0\nfive-0\nfive-0 5\nlocal-0 1\n$/);
});
