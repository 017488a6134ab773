// What is true of jobs whichever kind of instance they run in.

import * as assert from 'uvu/assert';
import {renameSync} from 'node:fs';
import {suite} from '../../../helpers/suite.js';
import {ask, makeGate, start, waitFor} from './jobs.js';
import {acquireKind, kinds, type Kind} from './kinds.js';
import {measure} from './streams.js';

const test = suite('jobs');

const [anyKind] = kinds as [Kind, ...Kind[]];

test('a signal of one’s own is sent, and that is all', async (t) => {
  const name = await acquireKind(t, anyKind);
  const open = await makeGate(t, name);
  const code = 'trap "echo caught; exit 3" USR1; echo ready; while :; do read -r l <gate; done';
  const job = await start(t, name, 'sh', '-c', code);
  await open();
  await ask(t, 'kill', '--signal', 'SIGUSR1', job);
  assert.is(await waitFor(t, job), 3);
  assert.is(await ask(t, 'output', job), 'ready\ncaught\n');
});

test('one that was killed with all that could say so is lost', async (t) => {
  const name = await acquireKind(t, anyKind);
  const job = await start(t, name, 'sh', '-c', 'kill -9 "$PPID"; exec sleep 1000');
  const {status, stderr} = await t.crcache(['wait', job]);
  assert.is(status, 125);
  assert.match(stderr, new RegExp(`'${job}': lost without a status`));
  assert.match(await ask(t, 'jobs'), /lost/);
});

test('one whose instance does not answer is lost, and the others are listed', async (t) => {
  const name = await acquireKind(t, anyKind);
  t.write('config/sources/far/source.conf', 'type=command\nrun_command=env\n');
  await ask(t, 'acquire', '-s', 'far');
  const [far, near] = [await start(t, 'far-0', 'true'), await start(t, name, 'true')];
  await waitFor(t, near);
  const way = `${t.dir}/state/sources/far/instances/far-0/run`;
  renameSync(way, `${way}.gone`);
  const listed = await ask(t, 'jobs');
  renameSync(`${way}.gone`, way);
  assert.match(listed, new RegExp(`^${far} +lost`, 'm'));
  assert.match(listed, new RegExp(`^${near} +ended`, 'm'));
  // It was the way that was lost, and not the job.
  assert.is(await waitFor(t, far), 0);
});

test('several are waited for together, and 0 only if all succeeded', async (t) => {
  const name = await acquireKind(t, anyKind);
  await start(t, name, 'true');
  await start(t, name, 'true');
  assert.is(await waitFor(t, name), 0);
  await start(t, name, 'false');
  assert.is(await waitFor(t, name), 1);
});

test('what is not found, and what there is none of, is told', async (t) => {
  const name = await acquireKind(t, anyKind);
  const job = await start(t, name, 'no-such-program');
  assert.is(await waitFor(t, job), 127);
  const none = await t.crcache(['output', `${name}/9`]);
  assert.equal(
    [none.status, none.stderr],
    [10, `crcache: no job '${name}/9'\nhint: crcache jobs ${name}\n`],
  );
  const unkept = await t.crcache(['output', '--name', 'all', job]);
  assert.is(
    unkept.stderr,
    `crcache: '${job}' has no output 'all'\nhint: crcache run -d --output NAME=PATH\n`,
  );
  const empty = await t.crcache(['run', '-d', name]);
  assert.equal([empty.status, empty.stdout], [125, '']);
});

test(
  'an output of 1 GiB is kept whole, and takes little memory',
  {timeLimitMs: 120_000},
  async (t) => {
    t.needs('python3');
    const name = await acquireKind(t, anyKind);
    const job = await start(t, name, 'head', '-c', '1G', '/dev/zero');
    t.write('code', `crcache wait ${job} && crcache output ${job} | wc -c`);
    const {stdout, stderr} = await t.run('python3', ['-c', measure, 'sh', 'code']);
    assert.is(Number(stdout), 2 ** 30, stderr);
    assert.ok(Number(stderr) < 100 * 1024, `${stderr.trim()} KiB`);
  },
);
