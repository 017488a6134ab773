import * as assert from 'uvu/assert';
import {readFileSync} from 'node:fs';
import type {Sandbox} from '../helpers/sandbox.js';
import {suite} from '../helpers/suite.js';
import {measure} from '../lib/source/contract/streams.js';

const test = suite('run --each and --all');

/** Acquires three instances. */
async function acquireThree(t: Sandbox): Promise<void> {
  t.write('config/sources/s/source.conf', 'type=sim\n');
  const {stdout} = await t.crcache(['acquire', '-s', 's', '3']);
  assert.is(stdout, 's-0\ns-1\ns-2\n');
}

function sorted(text: string): string[] {
  return text.split('\n').filter(Boolean).sort();
}

test('has the name before each line, of both outputs, and a summary', async (t) => {
  await acquireThree(t);
  const code = 'printf "a\\n\\nb"; echo err >&2';
  const run = await t.crcache(['run', '--each', 's-0', 's2', '--', 'sh', '-c', code]);
  assert.equal(sorted(run.stdout), ['s-0: ', 's-0: a', 's-0: b', 's-2: ', 's-2: a', 's-2: b']);
  assert.equal(sorted(run.stderr), ['crcache: 2 of 2 succeeded', 's-0: err', 's-2: err']);
  assert.is(run.status, 0);
});

test('runs at once, and a line is never inside of another one', async (t) => {
  await acquireThree(t);
  await t.run('mkfifo', ['one', 'two']);
  // Each waits for another one: one after the other, they would wait for ever.
  const code = `cd '${t.dir}'; case $CRCACHE_INSTANCE in s-0) echo >one;; s-1) read -r l <one; echo >two;; s-2) read -r l <two;; esac
    i=0; while [ $i -lt 2000 ]; do echo "line $i of $CRCACHE_INSTANCE"; i=$((i + 1)); done`;
  const {stdout, status} = await t.crcache(['run', '-s', 's', '--all', '--', 'sh', '-c', code]);
  assert.is(status, 0);
  const lines = stdout.trimEnd().split('\n');
  assert.is(lines.length, 6000);
  const wrong = lines.filter((line) => !/^(s-[012]): line [0-9]+ of \1$/.test(line));
  assert.equal(wrong, []);
});

test('--group prints what each has printed in one piece, and --tee keeps it', async (t) => {
  await acquireThree(t);
  const code = 'echo "$CRCACHE_INSTANCE"; echo "$CRCACHE_INSTANCE"; echo e >&2';
  const words = ['run', '-s', 's', '--all', '--group', '--tee', 'kept', '-j', '1', '--'];
  const {stdout} = await t.crcache([...words, 'sh', '-c', code]);
  assert.is(stdout, 's-0\ns-0\ns-1\ns-1\ns-2\ns-2\n');
  assert.is(readFileSync(`${t.dir}/kept/s-1.out`, 'utf8'), 's-1\ns-1\n');
  assert.is(readFileSync(`${t.dir}/kept/s-2.err`, 'utf8'), 'e\n');
});

test('--group with --prefix has the name before each line of a piece', async (t) => {
  await acquireThree(t);
  const words = ['run', '--each', '--group', '--prefix', '-j', '1', 's-0', 's-1', '--'];
  const {stdout} = await t.crcache([...words, 'printf', 'a\\nb']);
  assert.is(stdout, 's-0: a\ns-0: b\ns-1: a\ns-1: b\n');
});

test('--group prints pieces of any size, one after the other, in little memory', async (t) => {
  t.needs('python3');
  await acquireThree(t);
  const line = 'yes "$CRCACHE_INSTANCE" | head -c 64M';
  t.write('all', `crcache run --each --group s-0 s-1 -- sh -c '${line}' | uniq -c`);
  const {stdout, stderr} = await t.run('python3', ['-c', measure, 'sh', 'all']);
  const counts = stdout.trim().split(/\s+/);
  const lines = String((64 * 2 ** 20) / 4);
  assert.equal(counts.toSorted(), [lines, lines, 's-0', 's-1'], stderr);
  const peak = Number(stderr.trimEnd().split('\n').at(-1));
  assert.ok(peak < 120 * 1024, `${String(peak)} KiB`);
});

test('one that fails is named, and makes the whole fail', async (t) => {
  await acquireThree(t);
  const code = 'case $CRCACHE_INSTANCE in s-1) exit 4;; s-2) kill -9 $$;; esac';
  const run = await t.crcache(['run', '-s', 's', '--all', '--', 'sh', '-c', code]);
  assert.is(run.status, 1);
  const expected = [
    "crcache: 's-1': status 4",
    "crcache: 's-2': SIGKILL",
    'crcache: 1 of 3 succeeded',
  ];
  assert.equal(run.stderr.trimEnd().split('\n'), expected);
});

test('of many says no more than of few', async (t) => {
  // Each goes on when all have begun.
  const code = `: >"$1/$2.$CRCACHE_INSTANCE"; until [ "$(ls "$1/$2".* | wc -l)" = 12 ]; do sleep 0.01; done`;
  t.write('all', `#!/bin/sh\n${code}\n`, 0o700);
  t.write('config/sources/s/source.conf', 'type=sim\nstarting=12\n');
  t.write(
    'config/sources/s/allocate.d/10-all',
    `#!/bin/sh\n'${t.dir}/all' '${t.dir}' hook\n`,
    0o700,
  );
  assert.is((await t.crcache(['acquire', '-s', 's', '12'])).stderr, '');
  const words = ['run', '-s', 's', '--all', '--', `${t.dir}/all`, t.dir, 'command'];
  const {stderr, status} = await t.crcache(words);
  assert.equal([status, stderr], [0, 'crcache: 12 of 12 succeeded\n']);
});

test('--fail-fast ends the others, and does not begin those that wait', async (t) => {
  await acquireThree(t);
  const code =
    'case $CRCACHE_INSTANCE in s-0) exec sleep 1000;; s-1) exit 4;; s-2) echo begun;; esac';
  const words = ['run', '-s', 's', '--all', '-j', '2', '--fail-fast', '--', 'sh', '-c', code];
  const {stdout, stderr, status} = await t.crcache(words);
  assert.equal([stdout, status], ['', 1]);
  assert.match(stderr, /'s-0': SIGTERM\n.*'s-1': status 4\n.*'s-2': not started\n/s);
});

test('a signal that ends what runs leaves what waits alone', async (t) => {
  await acquireThree(t);
  await t.run('mkfifo', ['begun']);
  const command = `case $CRCACHE_INSTANCE in s-0) echo >'${t.dir}/begun'; exec sleep 1000;; *) echo begun;; esac`;
  t.write('command', command);
  const code = `crcache run -s s --all -j 1 -- sh '${t.dir}/command' & read -r line <begun; kill -TERM $!; wait $!`;
  const {stdout, stderr, status} = await t.run('sh', ['-c', code]);
  assert.equal([stdout, status], ['', 1]);
  assert.match(stderr, /'s-0': SIGTERM\n.*'s-1': not started\n.*'s-2': not started\n/s);
});

test('nothing is started where one of the instances cannot be used', async (t) => {
  await acquireThree(t);
  await t.crcache(['release', 's-2']);
  const run = await t.crcache(['run', '--each', 's-0', 's-2', '--', 'touch', `${t.dir}/begun`]);
  assert.equal([run.status, run.stdout], [125, '']);
  assert.is((await t.run('ls', [`${t.dir}/begun`])).stdout, '');
});

test('words that are not UTF-8 arrive', async (t) => {
  await acquireThree(t);
  const code = `crcache run --each s-0 s-1 -- printf '%s\\n' "$(printf 'a\\377b')" | sort`;
  const {stdout} = await t.run('sh', ['-c', `${code} | od -An -c | tr -s ' '`]);
  assert.match(stdout, /s - 0 : a 377 b/);
});

test('without an instance, a command or a source it is wrong usage', async (t) => {
  await acquireThree(t);
  const cases = [
    [['--each', '--', 'true'], /there is no instance to run it in/],
    [['--each', 's-0', '--'], /COMMAND is missing after '--'/],
    [['--each', 's-0', 'true'], /COMMAND is missing after '--'/],
    [['--all', '--', 'true'], /option '--all' wants a source/],
    [['--each', '--log', 's-0', '--', 'true'], /'--each' and '--log' contradict/],
    [['-s', 's', '--each', 's-0', '--', 'true'], /'--each' and '--source' contradict/],
    [['-s', 's', '--all', '--each', 's-0', '--', 'true'], /'--all' and '--each' contradict/],
    [['-s', 's', '--all', 's-0', '--', 'true'], /'s-0' stands before '--', and option '--all'/],
    [['--grace', '1s', 's-0', 'true'], /'--grace' goes with '--timeout' or '--fail-fast'/],
    [['--tee', 'kept', 's-0', 'true'], /'--tee' goes with '--each' or '--all'/],
    [['--fail-fast', 's-0', 'true'], /'--fail-fast' goes with '--each' or '--all'/],
    [['--output', 'a=b', 's-0', 'true'], /'--output' goes with '-d'/],
  ] as const;
  for (const [words, said] of cases) {
    const {status, stderr} = await t.crcache(['run', ...words]);
    assert.is(status, 125);
    assert.match(stderr, said);
  }
});

test('a terminal shows how far it is', async (t) => {
  t.needs('script');
  await acquireThree(t);
  const line = 'crcache run -s s --all -- true';
  const {stdout} = await t.run('script', ['-qec', line, '/dev/null']);
  assert.match(stdout, /0 of 3 done/);
  assert.match(stdout, /3 of 3 succeeded/);
});
