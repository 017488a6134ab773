import * as assert from 'uvu/assert';
import {existsSync, lstatSync, readFileSync, statSync, symlinkSync} from 'node:fs';
import type {Sandbox} from '../helpers/sandbox.js';
import {ownSeconds, processesWith} from '../helpers/sleepers.js';
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

test('takes away at the start what an earlier command has left', async (t) => {
  const read = await acquireOne(t);
  t.write('old', 'status=0\nwhy=exited\n');
  symlinkSync('old', `${t.dir}/link`);
  for (const file of ['old', 'link']) {
    const {stdout} = await t.crcache(['run', '--status-file', file, 's-0', 'cat', `${t.dir}/old`]);
    assert.is(stdout, '');
    assert.is(readFileSync(`${t.dir}/${file}`, 'utf8').split('\n')[1], 'why=exited');
  }
  t.write('end', 'status=0\nwhy=exited\n');
  const code = 'kill -9 "$(cut -d " " -f 4 /proc/$$/stat)"'; // the client
  await t.crcache(['run', '--status-file', 'end', 's-0', 'sh', '-c', code]);
  assert.not(existsSync(`${t.dir}/end`));
  t.write('end', 'status=0\nwhy=exited\n');
  await t.crcache(['run', '--status-file', 'end', '--files', 's-9', 'none', '--', 'true']);
  assert.is(read(), 'status=125\nwhy=crcache\n');
  for (const wrong of [
    ['-t', '-T'],
    ['--grace', '1s'],
    ['--together', 'a'],
  ]) {
    t.write('end', 'status=0\nwhy=exited\n');
    await t.crcache(['run', '--status-file', 'end', ...wrong, 's-0', 'true']);
    assert.not(existsSync(`${t.dir}/end`), wrong.join(' '));
  }
});

test('says why it cannot be written', async (t) => {
  await acquireOne(t);
  const {status, stderr} = await t.crcache(['run', '--status-file', 'no/such', 's-0', 'true']);
  const why = `cannot write the status file '${t.dir}/no/such': no such file or directory`;
  assert.equal([status, stderr], [125, `crcache: ${why}\n`]);
});

test('writes into what is no regular file', async (t) => {
  await acquireOne(t);
  const said = 'status=3\nwhy=exited\n';
  const line = async (code: string): Promise<string> =>
    (await t.run('sh', ['-c', `in_it() { crcache run "$@" s-0 sh -c 'exit 3'; }; ${code}`])).stdout;
  assert.is(
    await line('mkfifo pipe; in_it --status-file pipe & cat pipe; wait; [ -p pipe ]'),
    said,
  );
  assert.ok(statSync(`${t.dir}/pipe`).isFIFO());
  assert.is(await line('ln -s target link; in_it --status-file link; cat target'), said);
  assert.ok(lstatSync(`${t.dir}/link`).isSymbolicLink());
  assert.is(await line('in_it --status-file /dev/fd/3 3>&1 >/dev/null'), said);
  assert.is(
    await line('echo before >kept; in_it --status-file /dev/stderr 2>>kept; cat kept'),
    `before\n${said}`,
  );
  if (process.getuid?.() !== 0) return;
  assert.is(
    await line('mknod null c 1 3; in_it --status-file null; stat -c %F null'),
    'character special file\n',
  );
});

test('gives the file the mode that the umask leaves', async (t) => {
  await acquireOne(t);
  const code = 'umask 027; crcache run --status-file end s-0 true; stat -c %a end';
  assert.is((await t.run('sh', ['-c', code])).stdout, '640\n');
});

test('tells how the command ended, where another process holds its output until the time is up', async (t) => {
  const read = await acquireOne(t);
  const mark = ownSeconds(t);
  const options = ['--log', '--timeout', '3s', '--grace', '0', '--status-file', 'end'];
  const line = `sleep ${mark} & echo x; exit 3`;
  const {status, stdout} = await t.crcache(['run', ...options, 's-0', '-S', line]);
  assert.equal([status, stdout], [3, 'x\n']);
  assert.is(read(), 'status=3\nwhy=exited\n');
  assert.equal(processesWith(mark), []);
});
