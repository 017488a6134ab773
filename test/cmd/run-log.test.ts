import * as assert from 'uvu/assert';
import {readFileSync} from 'node:fs';
import type {Sandbox} from '../helpers/sandbox.js';
import {suite} from '../helpers/suite.js';

const test = suite('run --log');

async function acquireOne(t: Sandbox): Promise<(file: string) => string> {
  t.write('config/sources/s/source.conf', 'type=sim\n');
  await t.crcache(['acquire', '-s', 's']);
  return (file) => readFileSync(`${t.dir}/state/sources/s/instances/s-0/runs/1/${file}`, 'utf8');
}

test('keeps argv, times, status and output, and passes on all of them', async (t) => {
  const read = await acquireOne(t);
  const words = ['sh', '-c', 'cat; echo e >&2; exit 3', 'sh', 'a  b'];
  const line = 'echo in | crcache run --log s-0 "$@"';
  const {stdout, stderr, status} = await t.run('sh', ['-c', line, 'sh', ...words]);
  assert.equal([stdout, stderr, status], ['in\n', 'e\n', 3]);
  assert.equal(read('argv').split('\0').slice(0, -1), words);
  assert.equal([read('stdout'), read('stderr'), read('status')], ['in\n', 'e\n', '3\n']);
  assert.ok(Date.parse(read('started').trim()) <= Date.parse(read('ended').trim()));
});

test('log tells of it', async (t) => {
  await acquireOne(t);
  await t.crcache(['run', '--log', 's-0', 'false']);
  const {stdout} = await t.crcache(['log', 's-0', '-n', '1']);
  assert.match(stdout, /ran false: status 1: .*\/runs\/1/);
});

test('hides the values of -e', async (t) => {
  const read = await acquireOne(t);
  await t.crcache(['run', '--log', '-e', 'PASSWORD=hunter2', 's-0', 'true']);
  assert.is(read('env'), 'PASSWORD=(hidden)\n');
  assert.is((await t.run('grep', ['-r', 'hunter2', 'state'])).stdout, '');
});

test('lets a command open its output again', async (t) => {
  const read = await acquireOne(t);
  const line = 'echo out >/dev/stdout; echo err >/dev/stderr';
  const {stdout, stderr} = await t.crcache(['run', '--log', 's-0', '-S', line]);
  assert.equal([stdout, stderr], ['out\n', 'err\n']);
  assert.equal([read('stdout'), read('stderr')], ['out\n', 'err\n']);
});

test('is ended also where its reader has gone', async (t) => {
  const read = await acquireOne(t);
  await t.run('sh', ['-c', 'crcache run --log s-0 yes | head -n 1']);
  assert.equal([read('status'), read('stdout').slice(0, 2)], ['141\n', 'y\n']);
});

test('keeps all of it where the end is written to a file too, and a directory is entered first', async (t) => {
  const read = await acquireOne(t);
  const options = ['--log', '--status-file', 'end', '-C'];
  const line = 'cat; echo err >&2; exit 4';
  const {stdout, stderr, status} = await t.crcache(['run', ...options, '/', 's-0', '-S', line], {
    input: 'in\n',
  });
  assert.equal([stdout, stderr, status], ['in\n', 'err\n', 4]);
  assert.equal([read('stdout'), read('stderr'), read('status')], ['in\n', 'err\n', '4\n']);
  assert.is(readFileSync(`${t.dir}/end`, 'utf8'), 'status=4\nwhy=exited\n');
});

test('keeps what is said of a directory that cannot be entered', async (t) => {
  const read = await acquireOne(t);
  const options = ['--log', '--status-file', 'end', '-C', '/no/such'];
  const {stderr, status} = await t.crcache(['run', ...options, 's-0', 'true']);
  assert.equal([status, read('status'), read('stderr')], [125, '125\n', stderr]);
  assert.match(stderr, /^crcache: cannot enter directory '\/no\/such'/);
});
