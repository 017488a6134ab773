// Jobs as they are when something has gone wrong: with what is written of them, or with the disk.

import * as assert from 'uvu/assert';
import {existsSync, mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
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
  const run = await t.crcache(['run', instance, 'true']);
  assert.is(run.status, 125);
  assert.match(run.stderr, /^crcache: cannot write into '[^']*running': is the disk full\?\n$/);
  await succeed(t, `release ${instance}`);
  assert.is((await succeed(t, `show-instance ${instance} state`)).trim(), 'cached');
});

test('outputs have names of their own, and one that cannot be printed says why', async (t) => {
  await acquire(t);
  const twice = ['--output', 'a=x', '--output', 'a=y'];
  const refused = await t.crcache(['run', '-d', ...twice, 'here', 'true']);
  assert.equal([refused.status, refused.stderr], [125, "crcache: there are two outputs 'a'\n"]);
  const job = await start(t, 'mkdir -p tree/in', '--output', 'tree=tree');
  await succeed(t, `wait ${job}`);
  const tree = await t.crcache(['output', '--name', 'tree', job]);
  assert.equal([tree.status, tree.stdout], [1, '']);
  const from = `here-0:${fileOf(t, job, 'output/tree')}`;
  const message = `output 'tree' of '${job}' is a directory`;
  assert.is(tree.stderr, `crcache: ${message}\nhint: crcache cp ${from} DIR\n`);
  assert.is(await succeed(t, `cp ${from} copy`), '');
  assert.ok(existsSync(`${t.dir}/copy/in`));
  rmSync(fileOf(t, job, 'stdout'));
  for (const options of [[], ['-f']]) {
    const gone = await t.crcache(['output', ...options, job]);
    assert.equal([gone.status, gone.stdout], [1, '']);
    assert.is(gone.stderr, `crcache: what '${job}' has printed is not there\n`);
  }
});

test('where nothing can be kept, no job is ended for it', async (t) => {
  const instance = await acquire(t);
  const job = await start(t, 'exec sleep 1000');
  t.write('file', '');
  for (const [place, why] of [
    ['file', 'it is no directory'],
    ['/proc/none', 'no such file or directory'],
  ] as const) {
    const words = ['release', '--keep-outputs', place, instance];
    const {status, stderr} = await t.crcache(words);
    assert.is(status, 1);
    assert.match(stderr, new RegExp(`^crcache: cannot use '.*${place}.*': ${why}\n$`));
    assert.match(await succeed(t, 'jobs'), `${job}  running`);
  }
  await succeed(t, `release --keep-outputs new/kept ${instance}`);
  assert.ok(existsSync(`${t.dir}/new/kept/${job}/exit`));
});

test('what is of a command that is waited for is refused', async (t) => {
  const instance = await acquire(t);
  for (const option of ['log', 'each', 'all', 'fail-fast', 'files']) {
    const {status, stdout, stderr} = await t.crcache([
      'run',
      '-d',
      `--${option}`,
      instance,
      'true',
    ]);
    const message = `options '--${option}' and '-d' contradict each other`;
    assert.equal([status, stdout, stderr], [125, '', `crcache: ${message}\n`]);
  }
});

test('its command is written down byte for byte', async (t) => {
  await acquire(t);
  const {stdout} = await t.run('sh', [
    '-c',
    'crcache run -d here printf %s "$(printf "\\377")" && crcache wait here && od -An -tx1 "$0"',
    fileOf(t, 'here-0/1', 'argv'),
  ]);
  assert.is(stdout, 'here-0/1\n 70 72 69 6e 74 66 00 25 73 00 ff 00\n');
});

test('what is gone of one job loses nothing of the others', async (t) => {
  configure(t, 'far', 'type=command', 'run_command=env');
  await succeed(t, 'acquire -s far');
  for (const word of ['one', 'two']) await succeed(t, `run -d far-0 echo ${word}`);
  await succeed(t, 'wait far-0');
  const record = `${t.dir}/state/sources/far/instances/far-0/jobs`;
  rmSync(readFileSync(`${record}/1/where`, 'utf8').trim(), {recursive: true});
  const {status, stderr} = await t.crcache(['release', '--keep-outputs', 'kept', 'far-0']);
  assert.is(status, 1);
  assert.match(stderr, /^crcache: cannot copy '.*': there is no '.*'\n$/);
  assert.is(readFileSync(`${t.dir}/kept/far-0/2/stdout`, 'utf8'), 'two\n');
  await succeed(t, 'release far-0');
});

test('what a job prints is followed for as long as somebody can take it', async (t) => {
  await acquire(t);
  const job = await start(t, 'while echo more; do sleep 0.1; done');
  const read = await t.run('bash', [
    '-c',
    'crcache output -f "$0" | head -n 1; exit "$PIPESTATUS"',
    job,
  ]);
  assert.equal([read.status, read.stdout, read.stderr], [0, 'more\n', '']);
  for (const options of ['', '-f']) {
    const full = await t.run('sh', ['-c', `crcache output ${options} "$0" >/dev/full`, job]);
    assert.is(full.status, 1, options);
    assert.match(full.stderr, /^[^\n]*no space left on device\n$/i, options);
  }
  await succeed(t, `kill ${job}`);
});

test('are ended by no other lease', async (t) => {
  await acquire(t);
  const job = await start(t, 'exec sleep 1000');
  for (const word of ['here', job]) {
    const {status, stderr} = await t.crcache(['kill', word], {
      env: {...t.env, CRCACHE_LEASE: 'another'},
    });
    assert.is(status, 1);
    assert.match(stderr, /^crcache: 'here-0' is not held by lease 'another', but by '/);
  }
  assert.match(await succeed(t, 'jobs'), `${job}  running`);
  await succeed(t, `kill ${job}`);
});

test('those of an instance that there is not are not found', async (t) => {
  await acquire(t);
  assert.equal(JSON.parse(await succeed(t, 'jobs --json here-0')), []);
  for (const words of [['jobs'], ['jobs', '--json'], ['kill'], ['output']]) {
    const {status, stdout, stderr} = await t.crcache([...words, 'here-1']);
    assert.equal([status, stdout], [10, '']);
    assert.match(stderr, /^crcache: no instance 'here-1'\n/);
  }
});
