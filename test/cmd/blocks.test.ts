// Blocks of code: --script, --python and --node, with --params, in instances of all kinds of ways in.

import * as assert from 'uvu/assert';
import {readdirSync} from 'node:fs';
import {configure, succeed} from '../helpers/configured.js';
import type {Sandbox} from '../helpers/sandbox.js';
import {suite} from '../helpers/suite.js';

const test = suite('blocks of code');

/** An instance whose files are not this machine's: another /tmp, and nothing of the sandbox. */
async function farInstance(t: Sandbox): Promise<void> {
  t.needs('unshare', 'mount');
  if (process.getuid?.() !== 0) t.skip('needs root');
  if (!t.dir.startsWith('/tmp/')) t.skip('needs a sandbox in /tmp');
  t.write('root/.keep', '');
  const mounted = `mount --bind ${t.dir}/root /tmp && cd / && exec "$@"`;
  const enter = `unshare -m --propagation private sh -c '${mounted}' sh`;
  configure(t, 'far', 'type=command', 'isolation=root', `run_command=${enter}`);
  await succeed(t, 'acquire -s far');
}

const script = '#!/bin/sh\necho "script $*"\nexit 3\n';

for (const kind of ['here', 'far']) {
  const acquire = async (t: Sandbox): Promise<string> => {
    if (kind === 'far') return farInstance(t).then(() => 'far-0');
    configure(t, 'here', 'type=sim');
    t.atEnd(() => t.crcache(['release', '--all'])); // its copies are in this machine's /tmp
    return (await succeed(t, 'acquire -s here')).trim();
  };

  test(`a script runs by its first line, with arguments, ${kind}`, async (t) => {
    const name = await acquire(t);
    t.write('code/a script', script, 0o700);
    const run = await t.crcache(['run', name, '--script', 'code/a script', '--', 'a b', "'"]);
    assert.equal([run.stderr, run.stdout, run.status], ['', "script a b '\n", 3]);
  });

  test(`python finds a file, a module and code, and modules along a path, ${kind}`, async (t) => {
    t.needs('python3');
    const name = await acquire(t);
    t.write('lib/helping.py', 'import sys\nprint("helping", sys.argv[1:])\n');
    t.write('main.py', 'import helping\n');
    const path = ['--path', 'lib'];
    const runs = [
      ['run', name, '--python', 'main.py', ...path, '--', '-v'],
      ['run', name, ...path, '--python', '-m', 'helping', '-v'],
      ['run', name, ...path, '--python', '-c', 'import helping', '-v'],
      ['run', name, '--python', '-m', 'helping', ...path, '--', '-v'],
    ];
    for (const words of kind === 'far' ? runs.slice(3) : runs) {
      const {stdout, stderr} = await t.crcache(words);
      assert.is(stdout, "helping ['-v']\n", stderr);
    }
  });

  test(`node runs a file as a job, and parameters reach it, ${kind}`, async (t) => {
    const name = await acquire(t);
    const code = `const {a_port: port, CRCACHE_PARAMS: file} = process.env;
      console.log(port, require('fs').readFileSync(file, 'utf8').trim(), process.argv.slice(2));`;
    t.write('main.cjs', code);
    t.write('lab.yaml', `db: {a: {port: 54}, "x-y": [1, null], z: "it's"}\n`);
    const run = ['run', '-d', name, '--node', 'main.cjs', '--params', 'lab.yaml:db', '--', 'q'];
    const job = (await t.crcache(run)).stdout.trim();
    await t.crcache(['wait', job]);
    const {stdout} = await t.crcache(['output', job]);
    assert.is(stdout, `54 {"a":{"port":54},"x-y":[1,null],"z":"it's"} [ 'q' ]\n`);
  });
}

test('parameters that can be no variables are in their file', async (t) => {
  configure(t, 'here', 'type=sim');
  const name = (await succeed(t, 'acquire -s here')).trim();
  t.atEnd(() => t.crcache(['release', '--all']));
  t.write('params.yaml', `'': none\n1: one\nlist: [a]\nlong: ${'x'.repeat(200_000)}\ngood: b\n`);
  const code = 'wc -c <"$CRCACHE_PARAMS"; echo "$good ${long:-none} ${list:-none}"';
  const {stdout, stderr} = await t.crcache(['run', '--params', 'params.yaml', name, '-S', code]);
  assert.equal([stdout.replace(/^[0-9]{6}/, 'all'), stderr], ['all\nb none none\n', '']);
});

test('what is copied in goes when the instance is released', async (t) => {
  await farInstance(t);
  t.write('script', script, 0o700);
  t.write('p.json', '{"a": 1}');
  await t.crcache(['run', 'far-0', '--script', 'script', '--params', 'p.json']);
  assert.is(readdirSync(`${t.dir}/root`).length, 3);
  await succeed(t, 'release far-0');
  assert.equal(readdirSync(`${t.dir}/root`), ['.keep']);
});

test('with runs a block in its instance', async (t) => {
  configure(t, 'here', 'type=sim');
  t.write('script', '#!/bin/sh\necho "$CRCACHE_INSTANCE $1 $k"\nexit 3\n', 0o700);
  t.write('p.yaml', 'k: v\n');
  const words = ['with', 'here', '--script', 'script', '--params', 'p.yaml', '--', 'word'];
  const {stdout, status} = await t.crcache(words);
  assert.equal([stdout, status], ['here-0 word v\n', 3]);
});

test('runs in each of several', async (t) => {
  configure(t, 'here', 'type=sim');
  await succeed(t, 'acquire -s here 2');
  t.write('script', '#!/bin/sh\necho "$1"\n', 0o700);
  const {stdout} = await t.crcache(['run', '--each', '--script', 'script', 'here-0', 'here-1']);
  assert.equal(stdout.split('\n').sort(), ['', 'here-0: ', 'here-1: ']);
});

test('what is wrong is one line that names it', async (t) => {
  configure(t, 'here', 'type=sim');
  const name = (await succeed(t, 'acquire -s here')).trim();
  t.write('plain', script);
  t.write('dos', '#!/bin/sh\r\nexit 0\r\n', 0o700);
  t.write('wrong.yaml', 'a: 1\nb: {c\n');
  t.write('list.json', '[{"a": 1}]');
  const cases: readonly [readonly string[], string][] = [
    [['--script', 'none'], "there is no file 'none'"],
    [['--script', 'plain'], "'plain' cannot be executed"],
    [['--python', '-x'], "'-x' is no file: --python wants FILE, -m or -c"],
    [['--script', 'dos'], "'dos' cannot be executed: its first line ends in a carriage return"],
    [['--python', '-m'], "'--python -m' wants a module after the instance"],
    [['-d', '--python', '-c'], "'--python -c' wants code after the instance"],
    [['--python', 'plain', '--path', 'none'], "there is no directory 'none'"],
    [['--path', '.'], "option '--path' goes with '--python'"],
    [['--node', 'a', '--script', 'b'], "options '--script' and '--node' contradict each other"],
    [['--params', 'none', '--', 'true'], "there is no file 'none'"],
    [['--params', 'list.json:0.b', '--', 'true'], "'list.json:0.b': there is no 'b'"],
    [['--params', 'list.json:1', '--', 'true'], "'list.json:1': there is no '1'"],
    [['--params', 'wrong.yaml', '--', 'true'], 'wrong.yaml:3: '],
  ];
  for (const [words, message] of cases) {
    const {status, stdout, stderr} = await t.crcache(['run', name, ...words]);
    assert.equal([status, stdout], [125, '']);
    assert.ok(stderr.startsWith(`crcache: ${message}`), stderr);
  }
  const {status, stderr} = await t.crcache(['with', 'here', '-n', '2', '--script', 'plain']);
  assert.is(status, 125, stderr);
});
