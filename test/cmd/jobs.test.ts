// Jobs as they are when something has gone wrong: with what is written of them, or with the disk.

import * as assert from 'uvu/assert';
import {mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {configure, succeed} from '../helpers/configured.js';
import type {Sandbox} from '../helpers/sandbox.js';
import {suite} from '../helpers/suite.js';

const test = suite('jobs');

async function acquire(t: Sandbox): Promise<string> {
  configure(t, 'here', 'type=local');
  return (await succeed(t, 'acquire -s here')).trim();
}

/** Starts a job by a line for the shell; the value is its name. */
async function start(t: Sandbox, line: string, ...options: readonly string[]): Promise<string> {
  const {status, stdout, stderr} = await t.crcache(['run', '-d', '-S', line, ...options, 'here']);
  assert.is(status, 0, stderr);
  return stdout.trim();
}

function fileOf(t: Sandbox, job: string, name: string): string {
  const [instance = '', number = ''] = job.split('/');
  return `${t.dir}/state/sources/here/instances/${instance}/jobs/${number}/${name}`;
}

const lost = (job: string) => [125, `crcache: '${job}': lost without a status\n`];

test('one of which no status can be read is lost, and no success', async (t) => {
  await acquire(t);
  const job = await start(t, 'exit 0');
  await succeed(t, `wait ${job}`);
  for (const text of ['', 'rubbish\n', '-1\n']) {
    writeFileSync(fileOf(t, job, 'exit'), text);
    const {status, stderr} = await t.crcache(['wait', job]);
    assert.equal([status, stderr], lost(job), text);
    assert.match(await succeed(t, 'jobs'), /lost/);
  }
});

test('one of whose process nothing can be read is lost, and goes', async (t) => {
  const instance = await acquire(t);
  const job = await start(t, 'kill -9 "$PPID"');
  await t.crcache(['wait', job]);
  for (const text of ['', 'rubbish\n', '999999999\n', '-1 5\n', undefined]) {
    if (text === undefined) rmSync(fileOf(t, job, 'pid'));
    else writeFileSync(fileOf(t, job, 'pid'), text);
    const {status, stderr} = await t.crcache(['wait', '--timeout', '10s', job]);
    assert.equal([status, stderr], lost(job), text);
    await succeed(t, `kill ${job}`);
  }
  await succeed(t, `release ${instance}`);
});

test('what fills the disk keeps its status, no part of a file for the whole, and can be released', async (t) => {
  t.needs('mount', 'umount');
  const disk = `${t.dir}/disk`;
  mkdirSync(disk);
  const {status} = await t.run('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', disk]);
  if (status !== 0) t.skip('may not mount');
  t.atEnd(() => t.run('umount', ['-l', disk]));
  t.env['CRCACHE_DIR'] = `${disk}/state`;
  const instance = await acquire(t);
  t.write('large', 'large'.repeat(50_000));
  const line = 'head -c 300k /dev/zero; exit 7';
  const first = await start(t, line, '--output', `large=${t.dir}/large`);
  assert.is((await t.crcache(['wait', first])).status, 7);
  const part = await t.crcache(['output', '--name', 'large', first]);
  assert.equal([part.status, part.stdout], [10, '']);
  assert.match(part.stderr, `output 'large' of '${first}' could not be kept`);
  const job = await start(t, 'cat /dev/zero; exit 7');
  assert.is((await t.crcache(['wait', job])).status, 7);
  await succeed(t, `release ${instance}`);
  assert.is((await succeed(t, `show-instance ${instance} state`)).trim(), 'cached');
});
