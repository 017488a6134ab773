// The program's own end: streams that cannot be written, traces, surroundings that lack something, bugs.

import * as assert from 'uvu/assert';
import {existsSync, readFileSync, statSync} from 'node:fs';
import path from 'node:path';
import type {Sandbox} from '../helpers/sandbox.js';
import {suite} from '../helpers/suite.js';

const test = suite('the program');

test('offers the nearest command for a wrong one, on stderr, with status 2', async (t) => {
  const {status, stdout, stderr} = await t.crcache(['halp']);
  assert.equal([status, stdout], [2, '']);
  assert.is(stderr, "crcache: 'halp' is not a crcache command\nhint: did you mean 'help'?\n");
});

test('leaves no error where the reader has seen enough', async (t) => {
  const {status, stdout, stderr} = await shell(t, 'set -o pipefail; crcache help | head -1');
  assert.equal([status, stderr], [0, '']);
  assert.match(stdout, /^usage: crcache .*\n$/);
});

test('leaves no error where the reader has gone before the first word', async (t) => {
  const line = 'mkfifo go; (read -r _ <go; crcache help; echo "$?" >status) | (exec <&-; echo >go)';
  const {stderr} = await shell(t, line);
  assert.is(stderr, '');
  assert.is(readFileSync(path.join(t.dir, 'status'), 'utf8'), '0\n');
});

for (const [what, redirection, reason] of [
  ['a full disk', '>/dev/full', 'no space left on device'],
  ['a closed stdout', '>&-', 'bad file descriptor'],
] as const) {
  test(`fails with one line for ${what}`, async (t) => {
    for (const words of ['help', '--version', 'help help']) {
      const {status, stderr} = await shell(t, `crcache ${words} ${redirection}`);
      assert.equal([status, stderr], [1, `crcache: cannot write stdout: ${reason}\n`], words);
    }
  });
}

test('keeps its status where the message has nowhere to go', async (t) => {
  for (const redirection of ['2>/dev/full', '2>&-', '2>/dev/null', '>&- 2>&-']) {
    const {status, stderr} = await shell(t, `crcache halp ${redirection}`);
    assert.equal([status, stderr], [2, ''], redirection);
  }
});

test('works where stdin is closed', async (t) => {
  const {status, stderr} = await shell(t, 'crcache help <&- >help');
  assert.equal([status, stderr], [0, '']);
});

/** Fills a pipe that does not block, has crcache write to it, and reads when crcache waits for that. */
const slowReader = `
import os, subprocess, sys
reader, writer = os.pipe()
os.set_blocking(writer, False)
filled = 0
try:
    while True:
        filled += os.write(writer, b'x' * 4096)
except BlockingIOError:
    pass
os.mkfifo('trace')
crcache = subprocess.Popen(['crcache', 'help'], stdout=writer, env={**os.environ, 'CRCACHE_TRACE': 'trace'})
os.close(writer)
with open('trace') as trace:
    trace.readline()
    with os.fdopen(reader, 'rb') as pipe:
        sys.stdout.buffer.write(pipe.read()[filled:])
sys.exit(crcache.wait())
`;

test('writes all of it to a reader that is slow', async (t) => {
  t.needs('python3');
  const {status, stdout, stderr} = await t.run('python3', ['-c', slowReader]);
  assert.equal([status, stderr], [0, '']);
  assert.is(stdout, (await t.crcache(['help'])).stdout);
});

/** Calls crcache with a stderr that does not block, and reads that when crcache has nothing else left to do. */
const lateListener = `
import os, subprocess, sys
reader, writer = os.pipe()
os.set_blocking(writer, False)
os.mkfifo('trace')
env = {**os.environ, 'CRCACHE_TRACE': 'trace'}
crcache = subprocess.Popen(['crcache', 'acquire'], stdout=subprocess.DEVNULL, stderr=writer, env=env)
os.close(writer)
with open('trace') as trace:
    while 'exit status' not in trace.readline():
        pass
    with os.fdopen(reader, 'rb') as pipe:
        sys.stdout.buffer.write(pipe.read())
sys.exit(crcache.wait())
`;

test('writes all that hooks print to one who listens late', async (t) => {
  t.needs('python3');
  t.write('config/sources/s/source.conf', 'type=sim\n');
  const code = 'head -c 1000000 /dev/zero | tr "\\0" x';
  t.write('config/sources/s/provision.d/10-print', `#!/bin/sh\n${code}\n`, 0o700);
  const {status, stdout, stderr} = await t.run('python3', ['-c', lateListener]);
  assert.equal([status, stdout.length, stderr], [0, 1_000_000, '']);
});

const traced = /^\d\d:\d\d:\d\d\.\d{3} crcache [0-9.]+ \["help","-q"\]\n.* exit status 0\n$/;

test('traces to stderr, and only there', async (t) => {
  const plain = await t.crcache(['help', '-q']);
  const {stdout, stderr} = await t.crcache(['help', '-q'], {env: {...t.env, CRCACHE_TRACE: '1'}});
  assert.match(stderr, traced);
  assert.is(stdout, plain.stdout);
});

test('traces to the end of a file, which nobody else may read', async (t) => {
  const file = path.join(t.dir, 'trace');
  const env = {...t.env, CRCACHE_TRACE: file};
  const {stderr} = await t.crcache(['help', '-q'], {env});
  assert.is(stderr, '');
  assert.match(readFileSync(file, 'utf8'), traced);
  assert.is(statSync(file).mode & 0o777, 0o600);
  await t.crcache(['help', '-q'], {env});
  assert.is(readFileSync(file, 'utf8').split('\n').length, 5);
});

test('traces nothing unless it is told to', async (t) => {
  for (const wish of ['', '0']) {
    const {stderr} = await t.crcache(['help'], {env: {...t.env, CRCACHE_TRACE: wish}});
    assert.is(stderr, '');
  }
  assert.not(existsSync(path.join(t.dir, '0')));
});

test('fails with one line where the trace cannot be opened', async (t) => {
  const file = `${t.dir}/none/trace`;
  const {status, stderr} = await t.crcache(['help'], {env: {...t.env, CRCACHE_TRACE: file}});
  const line = `crcache: cannot write the trace: cannot use '${file}': no such file or directory\n`;
  assert.equal([status, stderr], [1, line]);
});

test('does its work where the trace cannot be written', async (t) => {
  const {status, stderr} = await t.crcache(['help'], {
    env: {...t.env, CRCACHE_TRACE: '/dev/full'},
  });
  assert.equal([status, stderr], [0, '']);
});

test('needs no home to help', async (t) => {
  for (const home of [undefined, '', '/no/such/home', '/dev/null', '/proc']) {
    const env = {PATH: t.env['PATH'], HOME: home};
    const {status, stdout, stderr} = await t.crcache(['help'], {env});
    assert.equal([status, stderr], [0, ''], home);
    assert.match(stdout, /^usage: /);
  }
});

test('says so in one line where its directory has been removed', async (t) => {
  for (const [words, failed] of Object.entries({
    help: 1,
    'with local -- true': 125,
    'wait a': 125,
  })) {
    const {status, stderr} = await shell(
      t,
      `mkdir -p gone; cd gone; rmdir ../gone; crcache ${words}`,
    );
    // the shell may have a line of its own to say
    assert.match(stderr, /^(sh: .*\n)?crcache: the current directory is gone\n$/);
    assert.is(status, failed, words);
  }
});

for (const [where, code] of [
  ['in a command', `process.cwd = () => {throw new TypeError('planted')};`],
  ['where nobody waits', `setImmediate(() => {throw new TypeError('planted')});`],
  ['in a promise', `void Promise.reject(new TypeError('planted'));`],
] as const) {
  test(`a bug ${where} shows its stack and ends with status 70`, async (t) => {
    const file = t.write('plant.cjs', code);
    const env = {...t.env, NODE_OPTIONS: `--require=${file}`};
    const {status, stderr} = await t.crcache(['help'], {env});
    assert.is(status, 70, stderr);
    assert.match(stderr, /^crcache: this is a bug in crcache\n {4}TypeError: planted\n {8}at /);
    assert.match(stderr, /\nhint: please report it .*\n$/);
  });
}

/** Runs a line of bash in the sandbox. */
function shell(t: Sandbox, line: string): ReturnType<Sandbox['run']> {
  return t.run('bash', ['-c', line]);
}
