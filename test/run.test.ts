// The runner, fed with files of tests that go wrong in every way that must not go unnoticed.

import * as assert from 'uvu/assert';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {repository} from './helpers/sandbox.js';
import {runFiles, type Machine} from './helpers/run-files.js';
import {suite} from './helpers/suite.js';
import {listThings} from './helpers/things.js';

const test = suite('the runner');

const door = pathToFileURL(path.join(repository, '.build/test/helpers/suite.js')).href;
const assertions = import.meta.resolve('uvu/assert');
const opening = `import {suite} from '${door}'; const test = suite('planted');`;

interface Planted {
  readonly code: string;
  readonly isWell?: boolean;
  /** How long the file may take: longer than a busy machine needs, unless it does not end. */
  readonly limitMs?: number;
  /** What must stand in the output. */
  readonly shows: readonly string[];
}

const cases: Readonly<Record<string, Planted>> = {
  'counts what passed': {
    code: `${opening} test('a', () => {}); test('b', async () => {});`,
    isWell: true,
    shows: ['ok    planted.test.mjs (2 passed', '\n2 passed, 0 failed, 0 skipped\n'],
  },
  'fails for a failing test, and shows its error': {
    code: `${opening} test('a', () => {throw new Error('oh dear')}); test('b', () => {});`,
    shows: ['failed: planted: a', 'oh dear', '\n1 passed, 1 failed, 0 skipped\n'],
  },
  'says once more at the end what failed, and what was there in the place of what was expected': {
    code: `${opening} import * as assert from '${assertions}'; test('a', () => assert.equal(['pear'], ['plum']));`,
    shows: [
      '\nfail  planted.test.mjs: planted: a: Assertion: Expected values',
      '\n++··"plum",\n··]\n0 passed, 1 failed',
    ],
  },
  'fails for a test that throws something else than an error': {
    code: `${opening} test('a', () => {throw undefined});`,
    shows: ['thrown: undefined', '0 passed, 1 failed'],
  },
  'fails for a test that never ends, and goes on with the next': {
    code: `${opening} test('a', {timeLimitMs: 50}, () => new Promise(() => {setInterval(() => {}, 1000)})); test('b', () => {});`,
    shows: ['not done after 0.05 s', '1 passed, 1 failed'],
  },
  'fails for a file that never ends': {
    code: `${opening} test('a', () => {for (;;);});`,
    limitMs: 3_000,
    shows: ['did not end within 3 s', 'cut short: planted: a', '0 passed, 1 failed'],
  },
  'fails for a file that ends in the middle, with whatever status': {
    code: `${opening} test('a', () => process.exit(0)); test('b', () => {});`,
    shows: ['cut short: planted: a', "'planted: b' was not reported", '0 passed, 1 failed'],
  },
  'fails for a file that is killed': {
    code: `${opening} test('a', () => process.kill(process.pid, 'SIGKILL'));`,
    shows: ['ended without the report of all its tests, with signal SIGKILL', '1 failed'],
  },
  'fails for a hook that throws before the tests': {
    code: `${opening} test.before(() => {throw new Error('oh dear')}); test('a', () => {});`,
    shows: ['failed: planted: hook before', 'oh dear', '0 passed, 1 failed'],
  },
  'fails for a hook that throws after the tests': {
    code: `${opening} test.after(() => {throw new Error('oh dear')}); test('a', () => {});`,
    shows: ['failed: planted: hook after', 'oh dear', '1 passed, 1 failed'],
  },
  'fails for a cleanup that throws': {
    code: `${opening} test('a', (t) => {t.atEnd(() => {throw new Error('oh dear')})});`,
    shows: ['failed: planted: a', 'oh dear', '0 passed, 1 failed'],
  },
  'fails for an error that nobody waits for': {
    code: `${opening} test('a', () => {void Promise.reject(new Error('oh dear'))});`,
    shows: ['oh dear', '1 failed'],
  },
  'fails for a file without tests': {
    code: opening,
    shows: ['there is no test in this file', '0 passed, 1 failed, 0 skipped\n'],
  },
  'fails for a file that does not use the suite': {
    code: '',
    shows: ['ended without the report of all its tests, with status 0', '1 failed'],
  },
  'fails for two tests of one name': {
    code: `${opening} test('a', () => {}); test('a', () => {});`,
    shows: ["two tests are called 'planted: a'", '1 failed'],
  },
  'lists what is skipped, with its reason': {
    code: `${opening} test('a', (t) => t.skip('too early')); test('b', () => {});`,
    isWell: true,
    shows: ['skip  planted.test.mjs: planted: a (too early)\n1 passed, 0 failed, 1 skipped\n'],
  },
  'skips a test that needs a missing program': {
    code: `${opening} test('a', (t) => t.needs('sh', 'no-such-program')); test('b', () => {});`,
    isWell: true,
    shows: ["needs 'no-such-program' on the PATH", '1 passed, 0 failed, 1 skipped\n'],
  },
  'fails when every test is skipped': {
    code: `${opening} test('a', (t) => t.skip('too early'));`,
    shows: ['FAIL  no test ran', '0 passed, 0 failed, 1 skipped\n'],
  },
  'tells the seed of a failing test': {
    code: `${opening} test('a', (t) => {throw new Error(String(t.random.below(9)))});`,
    shows: ['CRCACHE_TEST_SEED='],
  },
};

for (const [name, {code, isWell = false, limitMs, shows}] of Object.entries(cases)) {
  test(name, async (t) => {
    const file = t.write('planted.test.mjs', code);
    const {output, value} = await runPlanted([file], t.env, {limitMs});
    assert.is(value, isWell, output);
    for (const text of shows) assert.ok(output.includes(text), `'${text}' is not in:\n${output}`);
  });
}

test('fails a missing program where all must be tested', async (t) => {
  const code = `${opening} test('a', (t) => t.needs('no-such-program'));`;
  const file = t.write('planted.test.mjs', code);
  const {output, value} = await runPlanted([file], {...t.env, CRCACHE_TEST_ALL: '1'});
  assert.is(value, false);
  assert.match(output, '0 passed, 1 failed, 0 skipped\n');
});

test('fails when there is no file', async (t) => {
  const {output, value} = await runPlanted([], t.env);
  assert.is(value, false);
  assert.is(output, 'FAIL  no test ran\n0 passed, 0 failed, 0 skipped\n');
});

test('names, ends and fails for a process that is left over', async (t) => {
  const start = `spawn('sleep', ['1000'], {detached: true, stdio: 'ignore'}).unref()`;
  const code = `import {spawn} from 'node:child_process'; ${opening} test('a', () => {${start}});`;
  const {output, value} = await runPlanted([t.write('planted.test.mjs', code)], t.env);
  assert.is(value, false);
  const pid = /left over: process ([0-9]+), 'sleep 1000'/.exec(output)?.[1];
  const {stdout} = await t.run('cat', [`/proc/${pid ?? ''}/cmdline`]);
  assert.is(stdout, '', 'a process that is gone, or a zombie, has no command line');
  assert.ok(pid);
  assert.match(output, '\n1 passed, 1 failed, 0 skipped\n');
});

test('names what is left on the machine, and fails for it', async (t) => {
  const file = t.write('planted.test.mjs', `${opening} test('a', () => {});`);
  for (const isShared of [false, true]) {
    let isBefore = true;
    const listThings = (): string[] => {
      const things = isBefore ? ["mount '/a'"] : ["mount '/a'", "mount '/b'"];
      isBefore = false;
      return things;
    };
    const machine = {listThings, isShared: () => isShared};
    const {output, value} = await runPlanted([file], t.env, {machine});
    assert.is(value, isShared, output);
    const told = isShared
      ? /^note {2}not known whose it is, .*: mount '\/b'$/m
      : /^FAIL {2}left over: mount '\/b'$/m;
    assert.match(output, told);
  }
});

test('sees what tests may leave on a machine', async (t) => {
  if (process.getuid?.() !== 0) t.skip('needs root');
  const before = listThings();
  const point = `${t.dir}/tmp`;
  await t.run('mount', ['-t', 'tmpfs', 'tmpfs', point]);
  t.atEnd(() => t.run('umount', [point]));
  assert.ok(listThings().includes(`mount '${point}'`));
  assert.ok(before.includes(`file '${t.dir}'`));
});

test('removes the directory of a failing test, unless it is told to keep it', async (t) => {
  const code = `${opening} test('a', (t) => {throw new Error(t.dir)});`;
  const file = t.write('planted.test.mjs', code);
  for (const isKept of [false, true]) {
    const extra = isKept ? {CRCACHE_TEST_KEEP: '1'} : {};
    const {output} = await runPlanted([file], {...t.env, ...extra});
    const dir = /\S+\/crcache-test-\w+/.exec(output)?.[0] ?? '';
    assert.is((await t.run('test', ['-d', dir])).status === 0, isKept);
  }
});

/** In a pid namespace of its own, where nobody else takes the number that is asked for. */
const reuse = `import {spawn} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {text} from 'node:stream/consumers';
import {Sandbox} from '${pathToFileURL(path.join(repository, '.build/test/helpers/sandbox.js')).href}';
const t = new Sandbox();
let pid = 0;
await t.run('true', [], {onStart: (child) => (pid = child.pid)});
writeFileSync('/proc/sys/kernel/ns_last_pid', String(pid - 1));
const other = spawn('sh', ['-c', 'read -r _; echo alive'], {detached: true});
await t.end();
other.stdin.on('error', () => {}).end('\\n');
console.log(other.pid === pid, await text(other.stdout));
await t.remove();`;

test('kills nobody who has got the number of a program that ended', async (t) => {
  t.needs('unshare');
  if (process.getuid?.() !== 0) t.skip('needs root');
  const words = ['--pid', '--fork', '--mount-proc', process.execPath, t.write('reuse.mjs', reuse)];
  const {stdout, stderr} = await t.run('unshare', words);
  assert.equal([stdout, stderr], ['true alive\n\n', '']);
});

type Environment = Readonly<Record<string, string | undefined>>;

async function runPlanted(
  files: readonly string[],
  env: Environment,
  {limitMs = 25_000, machine}: {limitMs?: number | undefined; machine?: Machine} = {},
): Promise<{readonly output: string; readonly value: boolean}> {
  let output = '';
  const value = await runFiles(files, {
    jobs: 2,
    fileLimitMs: limitMs,
    env,
    show: (text) => {
      output += text;
    },
    nameOf: (file) => path.basename(file),
    ...(machine && {machine}),
  });
  return {output, value};
}
