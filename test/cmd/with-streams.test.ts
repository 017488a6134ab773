// with --streams: a test names instances and no machine, and all of them end with it.

import * as assert from 'uvu/assert';
import {existsSync, readFileSync} from 'node:fs';
import {assertAtRest, unrest} from '../helpers/at-rest.js';
import {configure} from '../helpers/configured.js';
import {stateOf, until} from '../helpers/held.js';
import type {Result} from '../helpers/programs.js';
import type {Sandbox} from '../helpers/sandbox.js';
import {suite} from '../helpers/suite.js';

const test = suite('with --streams');

const timeLimitMs = 60_000;

/** Runs code of sh with streams. */
function withStreams(t: Sandbox, code: string, ...options: readonly string[]): Promise<Result> {
  const words = ['with', '--streams', 'lab.yaml', ...options, '--', 'sh', '-c', code];
  return t.crcache(words);
}

test('streams are instances, by number and by word', {timeLimitMs}, async (t) => {
  configure(t, 'build', 'type=sim');
  t.write(
    'lab.yaml',
    'lab:\n  streams: {1: {type: process}, 2: {source: build}, db: {type: sim}}\n',
  );
  const code = `
    crcache run :2 sh -c 'echo "$CRCACHE_INSTANCE"'
    crcache run --each :1,db -- echo each | sort | sed 's/^[^:]*/name/'
    crcache run -d --output all=made :0-1 sh -c 'echo one >made; echo two' >/dev/null
    crcache wait --json :0-1 | tr -d ' \\n'; echo
    crcache output :0
    crcache show-instance :1 host
    crcache locate-instance :2 :0-1 | wc -l
    crcache run :1-2 true; echo "$?"`;
  const words = ['with', '--streams', 'lab.yaml:lab', '--outputs', 'kept', '--', 'sh', '-c', code];
  const {stdout, stderr, status} = await t.crcache(words);
  const set =
    '{"active":false,"success":true,"outputs":{"0":{"all":"build-1/1"},"1":{"all":"NAME/1"}}}';
  const seen = stdout.replaceAll(/stream\.[0-9a-f]+-[0-9]/g, 'NAME').split('\n');
  const lines = ['build-0', 'name: each', 'name: each', set, 'two', 'localhost', '3', '125', ''];
  assert.equal(seen, lines);
  assert.match(stderr, "':1-2' names several streams, and one is expected");
  assert.is(status, 0);
  for (const stream of ['0', '1']) {
    assert.is(readFileSync(`${t.dir}/kept/${stream}/1/output/all`, 'utf8'), 'one\n');
    assert.is(readFileSync(`${t.dir}/kept/${stream}/1/stdout`, 'utf8'), 'two\n');
  }
  await assertAtRest(t);
});

test('what is not defined is refused where that is wished for', {timeLimitMs}, async (t) => {
  t.write('lab.yaml', '{}');
  const refused = await withStreams(t, 'crcache run :1 true', '--strict');
  assert.equal(
    [refused.status, refused.stderr],
    [125, "crcache: stream ':1' is not defined\nhint: the file defines none\n"],
  );
  assert.not(existsSync(`${t.dir}/state/sources/local`));
  const outside = await t.crcache(['run', ':1', 'true']);
  assert.match(outside.stderr, "':1' names a stream, and there are none here");
});

test('a file that is wrong is told before anything is made', {timeLimitMs}, async (t) => {
  const cases: readonly [string, string][] = [
    ['{1: {source: none}}', "stream '1': no source 'none'"],
    ['{1: {type: proces}}', "stream '1': unknown type 'proces'"],
    ['{1: {type: sim, colour: red}}', "stream '1': unknown key 'colour'"],
    ['{1: {type: remote, host: -x}}', "stream '1': 'ssh_host' wants hosts"],
    ['{1: {}}', "stream '1' wants a source or a type"],
    ['{"a b": {type: sim}}', "'a b' is no name of a stream"],
    ['[1]', "stream '1' wants a source or a type"],
    ['{a: {', 'lab.yaml:1: '],
  ];
  for (const [text, message] of cases) {
    t.write('lab.yaml', text);
    const {status, stdout, stderr} = await withStreams(t, 'echo begun');
    assert.equal([status, stdout], [125, '']);
    assert.ok(stderr.includes(message), stderr);
  }
});

test('two that use a stream first at once use the same', {timeLimitMs}, async (t) => {
  configure(
    t,
    'slow',
    'type=command',
    'run_command=env',
    'provision_command=sleep 0.3',
    'maximum=1',
  );
  t.write('lab.yaml', '[{source: slow}]');
  const use = 'crcache run :1 true';
  const {status, stderr} = await withStreams(t, `${use} & first=$!; ${use} && wait "$first"`);
  assert.equal([status, stderr], [0, '']);
});

test(
  'those that start together do so when all are there, or not at all',
  {timeLimitMs},
  async (t) => {
    configure(
      t,
      'slow',
      'type=command',
      'run_command=env',
      `provision_command=sleep 1 && date +%s%N >${t.dir}/made`,
    );
    configure(t, 'never', 'type=command', 'run_command=env', 'provision_command=exit 3');
    t.write('lab.yaml', '{3: {type: process}, 4: {source: slow}, 5: {source: never}}');
    const code = `
    crcache run -d --together go :3-4 sh -c 'date +%s%N'; crcache wait :3-4
    for stream in :3 :4; do crcache output "$stream"; done; cat made
    crcache run -d --together no :3,5 touch begun; echo "status $?"`;
    const {stdout, stderr} = await withStreams(t, code);
    const [, , three = '', four = '', made = '', last] = stdout.split('\n');
    const apartMs = Math.abs(Number(BigInt(three) - BigInt(four))) / 1e6;
    t.note(`started ${apartMs.toFixed(1)} ms apart`);
    assert.ok(BigInt(three) > BigInt(made), stdout);
    assert.is(last, 'status 125', stderr);
    assert.not(existsSync(`${t.dir}/begun`));
  },
);

test('who waits at a barrier is told when another one dies', {timeLimitMs}, async (t) => {
  t.write('lab.yaml', '{}');
  const code = `
    crcache run -d :1 sh -c 'barrier met 3 && echo through; barrier b 3' >/dev/null
    crcache run -d :2 sh -c 'barrier met 3; barrier b 3 & until [ -e "$CRCACHE_BARRIERS/$!.sent" ]; do :; done; kill -9 $!; wait' >/dev/null
    crcache barrier met 3
    crcache wait :1-2; crcache output :1; crcache output --stderr :1
    crcache barrier b 3; echo "status $?"
    crcache barrier late 2 --timeout 50ms; echo "status $?"`;
  const {stdout, stderr} = await withStreams(t, code);
  const died = "crcache: barrier 'b': one who waited in :2 has died\n";
  assert.is(stdout, `through\n${died}status 1\nstatus 124\n`);
  assert.is(stderr, `${died}crcache: barrier 'late': the time is up, and 1 of 2 have come\n`);
});

test('all ends with the command, also one that is killed', {timeLimitMs}, async (t) => {
  t.write('lab.yaml', '{1: {type: process}, 2: {type: sim}, 3: {type: sim}, 4: {type: process}}');
  const stubborn = `trap "" TERM; setsid sh -c 'trap "" TERM; echo $$ >>"${t.dir}/pids"; sleep 100' & echo part; sleep 100`;
  for (const how of ['returns', 'is killed']) {
    const end = how === 'returns' ? 'true' : 'echo $$ >pid; exec sleep 100';
    const code = `crcache run -d :1-4 sh -c "$0" >/dev/null; until [ "$(wc -l <pids)" = 4 ]; do sleep 0.02; done; ${end}`;
    t.write('pids', '');
    let pid = 0;
    const words = ['with', '--streams', 'lab.yaml', '--outputs', how, '--', 'sh', '-c', code];
    const result = t.crcache([...words, stubborn], {onStart: (child) => (pid = child.pid ?? 0)});
    if (how === 'is killed') {
      await until(() => existsSync(`${t.dir}/pid`), 'it has begun');
      process.kill(pid, 'SIGKILL');
    }
    const killed = performance.now();
    await result;
    const pids = readFileSync(`${t.dir}/pids`, 'utf8').trim().split('\n').map(Number);
    await until(
      () => [1, 2, 3, 4].every((n) => existsSync(`${t.dir}/${how}/${String(n)}/1/exit`)),
      'outputs are kept',
    );
    await until(() => pids.every((each) => ['', 'Z', 'X'].includes(stateOf(each))), 'all are gone');
    const ms = performance.now() - killed;
    t.note(`when it ${how}, all are gone and their outputs kept after ${ms.toFixed()} ms`);
    assert.is(pids.length, 4);
    // One after the other they would have four graces of a second.
    if (how === 'is killed') assert.ok(ms < 4_000, `it took ${ms.toFixed()} ms`);
    assert.is(readFileSync(`${t.dir}/${how}/1/1/stdout`, 'utf8'), 'part\n');
    await until(() => unrest(t).length === 0, 'the instances are back');
  }
});
