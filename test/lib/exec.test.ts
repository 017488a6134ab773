// Somebody who acts when a process cannot any more; and programs that do not start.

import * as assert from 'uvu/assert';
import {chmodSync, existsSync} from 'node:fs';
import {askProgram} from '../../lib/exec.js';
import {configure, succeed} from '../helpers/configured.js';
import {pathWithout} from '../helpers/path-without.js';
import {repository, type Sandbox} from '../helpers/sandbox.js';
import {suite} from '../helpers/suite.js';

const test = suite('a watcher');

/** How a process ends that has started one. */
const ends = {
  'is killed': "process.kill(process.pid, 'SIGKILL')",
  'is terminated': "process.kill(process.pid, 'SIGTERM')",
  'ends without a word': 'process.exitCode = 0',
  'fails where nobody catches it': "throw new Error('oh')",
};

for (const [how, code] of Object.entries(ends)) {
  test(`runs its words, as they are, when the process ${how}`, async (t) => {
    await t.run('mkfifo', ['acted']);
    const [acted] = await Promise.all([t.run('cat', ['acted']), watch(t, code)]);
    assert.is(acted.stdout, word);
  });
}

test('runs its words when the process is gone before it begins', async (t) => {
  const late =
    '#!/bin/sh\nwhile [ $PPID != 1 ] && kill -0 $PPID 2>/dev/null; do :; done\nexec /bin/sh "$@"\n';
  chmodSync(t.write('late/sh', late), 0o755);
  t.env['PATH'] = `${t.dir}/late:${t.env['PATH'] ?? ''}`;
  await t.run('mkfifo', ['acted']);
  const code = "process.kill(process.pid, 'SIGKILL')";
  const [acted] = await Promise.all([t.run('cat', ['acted']), watch(t, code)]);
  assert.is(acted.stdout, word);
});

const dismissals = {
  'it was dismissed': 'await watcher.dismiss()',
  'it was dismissed, and was dead by then':
    "process.kill(watcherPid(), 'SIGKILL'); await watcher.dismiss()",
};

for (const [how, code] of Object.entries(dismissals)) {
  test(`has ended and done nothing when ${how}`, async (t) => {
    const {status, stderr} = await watch(t, `const pid = watcherPid(); ${code}; assertGone(pid)`);
    assert.equal([status, stderr], [0, '']);
    assert.not.ok(existsSync(`${t.dir}/acted`));
  });
}

test('leads a session of its own, and holds none of the streams of the process', async (t) => {
  const show = 'process.stdout.write(`${watcherPid()} ${sessionOf(watcherPid())}`)';
  const {stdout} = await watch(t, `${show}; process.kill(watcherPid(), 'SIGSTOP')`);
  const [pid, session] = stdout.split(' ');
  t.atEnd(() => process.kill(Number(pid), 'SIGKILL'));
  assert.is(session, pid);
});

const word = 'a b\n$c\\';

/** Runs a process that starts a watcher, and then does as the code says. */
function watch(t: Sandbox, code: string): ReturnType<Sandbox['run']> {
  const whole = `
    import {startWatcher} from ${JSON.stringify(`${repository}/.build/lib/exec.js`)};
    import {existsSync, readFileSync} from 'node:fs';
    const watcherPid = () =>
      Number(readFileSync('/proc/self/task/' + process.pid + '/children', 'utf8').trim());
    const sessionOf = (pid) => readFileSync('/proc/' + pid + '/stat', 'utf8').split(') ')[1].split(' ')[3];
    const assertGone = (pid) => { if (existsSync('/proc/' + pid)) throw new Error(pid + ' lives'); };
    const words = ['sh', '-c', 'printf %s "$1" >acted', 'sh', ${JSON.stringify(word)}];
    const watcher = await startWatcher(words, {env: process.env, cwd: process.cwd()});
    ${code};`;
  return t.run(process.execPath, ['--input-type=module', '-e', whole]);
}

const programs = suite('a program');

programs('that the machine does not start is a failure, and says why', async (t) => {
  const env = {PATH: t.env['PATH'], LARGE: 'x'.repeat(1_000_000)};
  const said = await askProgram('true', [], {env, cwd: t.dir}).catch((error: unknown) => error);
  assert.is(String(said), "CrcacheError: cannot run 'sh': argument list too long");
});

programs('whose words cannot be read has not run', async (t) => {
  configure(t, 'here', 'type=local');
  await succeed(t, 'acquire -s here');
  t.env['PATH'] = pathWithout(t, 'cat');
  const {status, stderr} = await t.crcache(['run', '--timeout', '20s', 'here', 'false']);
  assert.is(status, 125);
  assert.match(stderr, /^sh: .*cat: not found\n$/);
});
