// testrepository: the callouts of test/examples/testrepository, on several kinds of instances, in good and bad times.

import * as assert from 'uvu/assert';
import {mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {configure, succeed} from '../helpers/configured.js';
import {copyExample, useSystemPrograms} from '../helpers/examples.js';
import {makeUsrTree} from '../helpers/golden.js';
import {until} from '../helpers/held.js';
import {findLeftOver} from '../helpers/left-over.js';
import type {Result} from '../helpers/programs.js';
import type {Sandbox} from '../helpers/sandbox.js';
import {beNewHere, follow} from '../helpers/sessions.js';
import {startSshHosts} from '../helpers/ssh-hosts.js';
import {suite} from '../helpers/suite.js';

const test = suite('testrepository');

/** The example, with a test that fails and one that is skipped, ready for testr. */
function prepare(t: Sandbox, above = t.dir): string {
  t.needs('testr');
  useSystemPrograms(t);
  configure(t, 'tests', 'type=pool', 'sources=place');
  const project = copyExample(t, 'testrepository', above);
  writeFileSync(`${project}/tests/test_others.py`, others);
  mkdirSync(`${project}/.testrepository`); // as 'testr init' does it, in half a second
  writeFileSync(`${project}/.testrepository/format`, '1\n');
  writeFileSync(`${project}/.testrepository/next-stream`, '0\n');
  return project;
}

const others = `import unittest
class Others(unittest.TestCase):
    def test_failure(self):
        print('not a word of subunit')
        self.fail('on purpose')
    @unittest.skip('on purpose')
    def test_skip(self):
        pass
`;

/** What comes of it, wherever the tests run. */
const expected = [
  ...Array.from({length: 200}, (_, n) => `tests.test_numbers.Numbers.test_${three(n)} success`),
  'tests.test_others.Others.test_failure fail',
  'tests.test_others.Others.test_skip skip',
];

function three(number: number): string {
  return String(number).padStart(3, '0');
}

async function must(run: Promise<Result>): Promise<string> {
  const {status, stdout, stderr} = await run;
  assert.is(status, 0, stderr);
  return stdout;
}

/** Prints what came of each test of the last run. */
const show = `import subunit, sys, testtools
def tell(test):
    if test['id'] is not None: print(test['id'], test['status'])
result = testtools.StreamToDict(tell)
result.startTestRun()
subunit.ByteStreamToStreamResult(sys.stdin.buffer, 'noise').run(result)
result.stopTestRun()
`;

/** Runs all tests over four instances, and compares what came of each. */
async function checkRun(t: Sandbox, project: string): Promise<Result> {
  const ran = await t.run('testr', ['run', '--parallel', '--concurrency=4'], {cwd: project});
  assert.is(ran.status, 1, ran.stderr);
  const results = await must(
    t.run('sh', ['-c', 'testr last --subunit | python3 -c "$0"', show], {cwd: project}),
  );
  assert.equal(results.trim().split('\n').sort(), expected);
  return ran;
}

test('has these results without crcache', {timeLimitMs: 120_000}, async (t) => {
  const project = prepare(t);
  const file = `${project}/.testr.conf`;
  const lines = readFileSync(file, 'utf8').split('\n');
  writeFileSync(file, lines.filter((line) => !line.includes('crcache')).join('\n'));
  await checkRun(t, project);
});

test('does what the manual shows', {timeLimitMs: 120_000}, async (t) => {
  t.needs('testr');
  useSystemPrograms(t);
  beNewHere(t);
  await follow(t, 'man/crcache-testrepository.7', copyExample(t, 'testrepository'));
});

interface Place {
  readonly name: string;
  /** Makes the source 'place', and what its instances need; the value is where the example is. */
  readonly prepare: (t: Sandbox) => Promise<string> | string;
}

const places: readonly [local: Place, chroot: Place, ssh: Place] = [
  {name: 'local', prepare: useThisMachine},
  {name: 'chroot', prepare: useChroots},
  {name: 'ssh', prepare: useSshHosts},
];

function useThisMachine(t: Sandbox): string {
  configure(t, 'place', 'type=local', 'maximum=4');
  return t.dir;
}

function useChroots(t: Sandbox): string {
  if (process.getuid?.() !== 0) t.skip('needs root');
  makeUsrTree(t, `${t.dir}/golden`);
  const lines = ['type=chroot', `root=${t.dir}/golden`, 'import=/usr', 'maximum=4'];
  configure(t, 'place', ...lines);
  return t.dir;
}

/** A host has a /run of its own: what is in ours is not there. */
async function useSshHosts(t: Sandbox): Promise<string> {
  const {addresses, lines} = await startSshHosts(t, 4);
  configure(t, 'place', 'type=ssh', `ssh_host=${addresses.join(',')}`, ...lines);
  const above = mkdtempSync('/run/crcache-test-');
  t.atEnd(() => {
    rmSync(above, {recursive: true});
  });
  mkdirSync(`${above}/tmp`);
  t.env['TMPDIR'] = `${above}/tmp`;
  return above;
}

for (const place of places) {
  test(
    `has the same results over four instances of ${place.name}`,
    {timeLimitMs: 120_000},
    async (t) => {
      const project = prepare(t, await place.prepare(t));
      const noise = '#!/bin/sh\necho "words of $0"\n';
      for (const phase of ['provision', 'allocate', 'release']) {
        t.write(`config/sources/tests/${phase}.d/noise`, noise, 0o755);
      }
      const {stdout, stderr} = await checkRun(t, project);
      const used = [0, 1, 2, 3].filter((n) => stdout.includes(`--files tests-${String(n)} /`));
      assert.equal(used, [0, 1, 2, 3]);
      if (place.name !== 'ssh') assert.match(stderr, /words of .*allocate\.d\/noise/);
      assert.is(await inUse(t, project), 0);
    },
  );
}

/** How many instances of the example's source are in use. */
async function inUse(t: Sandbox, project: string): Promise<number> {
  const query = ['status', '--query', 'in-use', 'tests'];
  return Number(await must(t.crcache(query, {cwd: project})));
}

const [local, chroot, ssh] = places;
const ends = [
  ['SIGINT', local],
  ['SIGTERM', local],
  ['SIGKILL', local],
  ['SIGKILL', chroot],
  ['SIGKILL', ssh],
] as const;

for (const [signal, place] of ends) {
  const name = `gives instances of ${place.name} back after ${signal} to it`;
  test(name, {timeLimitMs: 120_000}, async (t) => {
    const project = prepare(t, await place.prepare(t));
    // Where the project is a copy, the host sees the test's directory.
    const started = `${place === ssh ? t.dir : project}/started`;
    writeFileSync(`${project}/tests/test_others.py`, endless(started));
    const config = readFileSync(`${project}/.testr.conf`, 'utf8');
    const mark = `MARK=${t.dir}`;
    writeFileSync(`${project}/.testr.conf`, config.replace('=PYTHON', `=${mark} PYTHON`));
    await must(t.run('mkfifo', [started]));
    let pid = 0;
    const onStart = (child: {pid?: number | undefined}) => (pid = child.pid ?? 0);
    const words = ['run', '--parallel', '--concurrency=2', 'Endless'];
    const run = t.run('testr', words, {cwd: project, onStart});
    await must(t.run('head', ['-n', '2', started]));
    assert.is(await inUse(t, project), 2);
    process.kill(pid, signal);
    if (signal === 'SIGINT') assert.is.not((await run).status, 0);
    else await until(() => !isRunning(pid), 'testr ends');
    if (signal !== 'SIGINT') await must(t.crcache(['gc'], {cwd: project}));
    assert.is(await inUse(t, project), 0);
    assert.equal(await findLeftOver(mark), []);
    await run;
  });
}

function endless(started: string): string {
  return `import signal, unittest
class Endless(unittest.TestCase):
    def wait(self):
        self.started = open('${started}', 'w')
        self.started.write('\\n')
        self.started.flush()
        signal.pause()
    test_one = test_other = wait
`;
}

/** Whether a process that this one started is there; node fetches those that have ended. */
function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('says what crcache says where there are no instances', {timeLimitMs: 120_000}, async (t) => {
  const project = prepare(t, useThisMachine(t));
  await succeed(t, 'acquire -s tests 3');
  const words = ['run', '--parallel', '--concurrency=2'];
  const {status, stdout, stderr} = await t.run('testr', words, {cwd: project});
  assert.is(status, 3, stderr);
  assert.match(stderr, /'tests'/);
  assert.match(stderr, /failed.*12/i);
  assert.match(stdout, /running=crcache release\s*$/);
});
