// with --streams: a test names instances and no machine, and all of them end with it.

import * as assert from 'uvu/assert';
import {existsSync, readFileSync} from 'node:fs';
import {assertAtRest, unrest} from '../helpers/at-rest.js';
import {configure, succeed} from '../helpers/configured.js';
import {stateOf, until} from '../helpers/held.js';
import type {Result} from '../helpers/programs.js';
import type {Sandbox} from '../helpers/sandbox.js';
import {ownSeconds, processesWith} from '../helpers/sleepers.js';
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
    crcache output :0; crcache jobs :0 | tail -n 1 | cut -c 1-3
    crcache show-instance :1 host
    crcache locate-instance :2 :0-1 | wc -l
    crcache run :1-2 true; echo "$?"`;
  const words = ['with', '--streams', 'lab.yaml:lab', '--outputs', 'kept', '--', 'sh', '-c', code];
  const {stdout, stderr, status} = await t.crcache(words);
  const set =
    '{"active":false,"success":true,"outputs":{"0":{"all":"build-1/1"},"1":{"all":"NAME/1"}}}';
  const seen = stdout.replaceAll(/stream\.[0-9a-f]+-[0-9]/g, 'NAME').split('\n');
  const lines = [
    'build-0',
    'name: each',
    'name: each',
    set,
    'two',
    ':0 ',
    'localhost',
    '3',
    '125',
    '',
  ];
  assert.equal(seen, lines, stderr);
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
    ['{1: {source: a, type: sim}}', "stream '1' has a source and a type: one of them is enough"],
    ['a: &a {streams: [*a]}', 'lab.yaml: an alias leads back to what holds it'],
    ['{"a b": {type: sim}}', "'a b' is no name of a stream"],
    ['[1]', "stream '1' wants a source or a type"],
    [
      'stream: {1: {type: sim}}',
      "'stream' holds streams, and is none\nhint: did you mean 'streams'?",
    ],
    [
      'lab: {streams: [{type: sim}]}',
      "'lab' holds streams, and is none\nhint: 'lab.yaml:lab' names those below it",
    ],
    ['{a: {', 'lab.yaml:1: '],
  ];
  for (const [text, message] of cases) {
    t.write('lab.yaml', text);
    const {status, stdout, stderr} = await withStreams(t, 'echo begun');
    assert.equal([status, stdout], [125, '']);
    assert.ok(stderr.includes(message), stderr);
  }
});

test('what would be ignored, and what cannot be run, is told', {timeLimitMs}, async (t) => {
  t.write('lab.yaml', '{1: {type: process}}');
  const options = ['with', '--streams', 'lab.yaml'];
  for (const [option, value, other] of [
    ['label', 'a=b', 'streams'],
    ['need', 'reset', 'streams'],
    ['default', 'local', 'strict'],
  ] as const) {
    const words = ['--strict', `--${option}`, value, '--', 'echo', 'begun'];
    const {status, stdout, stderr} = await t.crcache([...options, ...words]);
    assert.equal([status, stdout], [125, '']);
    const message = `options '--${other}' and '--${option}' contradict each other`;
    assert.is(stderr, `crcache: ${message}\n`);
  }
  const {status, stderr} = await t.crcache([...options, '--', 'no-such-program']);
  assert.equal([status, stderr], [127, "crcache: command not found: 'no-such-program'\n"]);
  const code = `
    for time in '' abc; do crcache barrier met 2 --timeout "$time"; done
    crcache barrier met 1 && echo met`;
  const barriers = await withStreams(t, code);
  assert.equal(
    [barriers.stdout, barriers.stderr],
    ['met\n', "crcache: barrier 'met': '' is no time\ncrcache: barrier 'met': 'abc' is no time\n"],
  );
});

test(
  'outputs that cannot be kept are told of, and keep nothing from ending',
  {timeLimitMs},
  async (t) => {
    t.write('lab.yaml', '{1: {type: process}}');
    t.write('file', '');
    const refused = await withStreams(t, 'touch begun', '--outputs', 'file/kept');
    assert.is(refused.status, 125);
    assert.match(refused.stderr, `cannot use '${t.dir}/file': it is no directory`);
    assert.not(existsSync(`${t.dir}/begun`));
    const code = 'crcache run -d :1 true >/dev/null; crcache wait :1; rmdir kept; touch kept';
    const {stderr} = await withStreams(t, code, '--outputs', 'kept');
    assert.match(stderr, /^crcache: outputs of 'stream[^']*' are lost: .*kept.*\n$/);
    await assertAtRest(t);
  },
);

test('what is told of a job names it as its user does', {timeLimitMs}, async (t) => {
  t.write('lab.yaml', '{1: {type: process}, 2: {type: process}}');
  const code = `
    mkfifo gate; crcache jobs :2 | wc -l; crcache output :2
    crcache run -d --output all=made :1 sh -c 'read -r _ <gate' >/dev/null; crcache output :1/7
    crcache output --name none :1; crcache output --name all :1; crcache wait --timeout 10ms :1
    crcache run -d :1 sh -c 'kill -9 $PPID' >/dev/null; crcache wait :1/2; crcache output :1
    crcache run -d --directory /none :1 true
    crcache jobs --json :1 | grep -c '"stream": "1"'
    crcache release :1; crcache run :1 true; crcache output :1`;
  const {stdout, stderr} = await withStreams(t, code);
  assert.is(stdout, '1\n2\n');
  const told = stderr.replaceAll(/stream\.[0-9a-f]+-[0-9]/g, 'NAME').split('\n');
  assert.equal(told, [
    "crcache: ':2' has no job",
    'hint: crcache run -d :2 COMMAND',
    "crcache: no job ':1/7'",
    'hint: crcache jobs :1',
    "crcache: ':1/1' has no output 'none'",
    'hint: it has all',
    "crcache: ':1/1' has no output before it has ended",
    'hint: crcache wait :1/1',
    'crcache: not ended: :1/1',
    "crcache: ':1/2': lost without a status",
    "crcache: ':1' has several jobs: :1/1, :1/2",
    'hint: name one of them',
    "crcache: cannot start a job in ':1': cannot enter directory '/none' in 'NAME'",
    "crcache: stream ':1' has no instance any more: it was released",
    "crcache: stream ':1' has no instance any more: it was released",
    '',
  ]);
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
    const make = `read -r _ <${t.dir}/gate && date +%s%N >${t.dir}/made`;
    configure(t, 'slow', 'type=command', 'run_command=env', `provision_command=${make}`);
    configure(t, 'never', 'type=command', 'run_command=env', 'provision_command=exit 3');
    t.write('lab.yaml', '{3: {type: process}, 4: {source: slow}, 5: {source: never}}');
    const code = `
    mkfifo gate
    { until [ -e "$CRCACHE_STREAMS/held/3" ]; do sleep 0.02; done; date +%s%N; echo >gate; } &
    crcache run -d --together go :3-4 sh -c 'date +%s%N' >/dev/null; crcache wait :3-4
    cat made; for stream in :3 :4; do crcache output "$stream"; done
    crcache run -d --together no :3,5 touch begun; echo "status $?"
    crcache run -d --together 'a b' :3,4 touch begun
    crcache run -d --together die :3-4 sh -c '
      [ "$CRCACHE_INSTANCE" != slow-0 ] || { date +%s%N; exit 7; }
      barrier talk 2 --timeout 30s || { date +%s%N; exit 1; }' >/dev/null
    crcache wait :3/2 :4/2; echo "status $?"
    crcache output :4/2; crcache output :3/2; crcache output --stderr :3/2 >&2`;
    const {stdout, stderr} = await withStreams(t, code);
    const told = stdout.split('\n');
    assert.equal([told[4], told[5]], ['status 125', 'status 1'], stderr);
    const [open = 0, made = 0, three = 0, four = 0, , , died = 0, heard = 0] = told.map(
      (each) => Number(each) / 1e6,
    );
    assert.ok(open < made && made < Math.min(three, four), stdout);
    const apartMs = Math.abs(three - four);
    t.note(`two that start together began ${apartMs.toFixed(1)} ms apart`);
    assert.ok(apartMs < 200, stdout);
    assert.not(existsSync(`${t.dir}/begun`));
    assert.ok(stderr.endsWith("crcache: barrier 'talk': :4 has ended\n"), stderr);
    t.note(`one heard ${(heard - died).toFixed()} ms later that the other had died`);
    assert.ok(heard - died < 10_000, stdout);
  },
);

test('what begins together waits for no file to be removed', {timeLimitMs}, async (t) => {
  t.write('lab.yaml', '{1: {type: process}, 2: {type: process}}');
  // A disk that is busy, as long as this pipe has nothing to read.
  const remove = 'case $* in *.gate*) read -r _ <"$BUSY" ;; esac; PATH=/usr/bin:/bin exec rm "$@"';
  t.write('bin/rm', `#!/bin/sh\n${remove}\n`, 0o700);
  const code = `
    mkfifo "$BUSY"; exec 3<>"$BUSY"
    PATH=${t.dir}/bin:$PATH crcache run -d --together go :1-2 echo begun >/dev/null
    crcache wait --timeout 20s :1-2; echo "status $?"
    echo >&3; echo >&3
    crcache wait :1-2; crcache output :1; crcache output :2`;
  const words = ['with', '--streams', 'lab.yaml', '--', 'sh', '-c', code];
  const {stdout, stderr} = await t.crcache(words, {env: {...t.env, BUSY: `${t.dir}/busy`}});
  assert.is(stdout, 'status 0\nbegun\nbegun\n', stderr);
  await assertAtRest(t);
});

test('who waits at a barrier is told when another one dies', {timeLimitMs}, async (t) => {
  t.write('lab.yaml', '{}');
  const code = `
    crcache run -d :1 sh -c 'barrier met 3 && echo through; barrier b 3' >/dev/null
    crcache run -d :2 sh -c 'barrier met 3; barrier b 3 & until [ -e "$CRCACHE_BARRIERS/$!.sent" ]; do :; done; kill -9 $!; wait' >/dev/null
    crcache barrier met 3
    crcache wait :1-2; crcache output :1; crcache output --stderr :1
    crcache barrier b 3; echo "status $?"
    crcache barrier late 2 --timeout 50ms; echo "status $?"
    crcache run -d --together go :1-2 sh -c 'mkdir "$0" 2>&- || exit 3; barrier after 2' ${t.dir}/first >/dev/null
    crcache wait --timeout 10s :1/2 :2/2; echo "status $?"
    { crcache output --stderr :1/2; crcache output --stderr :2/2; } | sed 's/:[12]/NAME/'`;
  const {stdout, stderr} = await withStreams(t, code);
  const died = "crcache: barrier 'b': one who waited in :2 has died\n";
  const left = "crcache: barrier 'after': NAME has ended\n";
  assert.is(stdout, `through\n${died}status 1\nstatus 124\nstatus 1\n${left}`);
  assert.is(stderr, `${died}crcache: barrier 'late': the time is up, and 1 of 2 have come\n`);
});

test('a job of another user meets the others', {timeLimitMs}, async (t) => {
  if (process.getuid?.() !== 0) t.skip('needs root');
  t.needs('setpriv', 'getent');
  t.write('lab.yaml', '{1: {type: process}, 2: {type: process, user: nobody}, 3: {type: sim}}');
  const sleep = ownSeconds(t);
  const code = `
    job='id -un; barrier met 4 --timeout 20s || exit; exec sleep ${sleep}'
    crcache run -d -u nobody :1 sh -c "$job" >/dev/null
    crcache run -d --together go :2-3 sh -c "$job" >/dev/null
    crcache barrier met 4 && crcache jobs :1-3 | grep -c running
    crcache kill :1 && crcache wait :1; crcache output :1`;
  const {status, stdout, stderr} = await withStreams(t, code, '--outputs', 'kept');
  assert.equal([status, stdout, stderr], [0, '3\nnobody\n', '']);
  const users = ['1', '2', '3'].map((stream) =>
    readFileSync(`${t.dir}/kept/${stream}/1/stdout`, 'utf8'),
  );
  assert.equal(users, ['nobody\n', 'nobody\n', 'root\n']);
  assert.equal(processesWith(sleep), []);
});

/** How long node takes to start: 40 ms, and as much more as there is else to do. */
async function msToStart(t: Sandbox): Promise<number> {
  const start = performance.now();
  await t.run(process.execPath, ['-e', '0']);
  return performance.now() - start;
}

test('all ends with the command, also one that is killed', {timeLimitMs}, async (t) => {
  t.write('lab.yaml', '{1: {type: process}, 2: {type: sim}, 3: {type: sim}, 4: {type: process}}');
  const stubborn = `trap "" TERM; setsid sh -c 'trap "" TERM; echo $$ >>"${t.dir}/pids"; sleep 100' & echo part; sleep 100`;
  for (const how of ['returns', 'is killed']) {
    const end = how === 'returns' ? 'true' : 'echo $$ >pid; exec sleep 100';
    const code = `crcache run -d :1-4 sh -c "$0" >/dev/null; until [ "$(wc -l <pids)" = 4 ]; do sleep 0.02; done; ${end}`;
    t.write('pids', '');
    let pid = 0;
    let startMs = 0;
    const words = ['with', '--streams', 'lab.yaml', '--outputs', how, '--', 'sh', '-c', code];
    const result = t.crcache([...words, stubborn], {onStart: (child) => (pid = child.pid ?? 0)});
    if (how === 'is killed') {
      await until(() => existsSync(`${t.dir}/pid`), 'it has begun');
      startMs = await msToStart(t);
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
    // On a machine with nothing else to do it is 1 s, half of it a grace that all have together; all else is starts of
    // node and of shells, which take the longer the more there is to do, before or after.
    if (how === 'is killed') {
      startMs = Math.max(startMs, await msToStart(t));
      assert.ok(ms < Math.max(2_000, 500 + 30 * startMs), `it took ${ms.toFixed()} ms`);
    }
    assert.is(readFileSync(`${t.dir}/${how}/1/1/stdout`, 'utf8'), 'part\n');
    await until(() => unrest(t).length === 0, 'the instances are back');
  }
});

test(
  'the next command ends what was left when the watcher was killed too',
  {timeLimitMs},
  async (t) => {
    configure(t, 'other', 'type=sim');
    t.write('lab.yaml', '{1: {type: process}}');
    const code = 'crcache run -d :1 sleep 1000 >/dev/null; echo >begun; exec sleep 1000';
    let pid = 0;
    const words = ['with', '--streams', 'lab.yaml', '--outputs', 'kept', '--', 'sh', '-c', code];
    const result = t.crcache(words, {onStart: (child) => (pid = child.pid ?? 0)});
    await until(() => existsSync(`${t.dir}/begun`), 'it has begun');
    const children = readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8');
    for (const child of children.trim().split(' ')) process.kill(Number(child), 'SIGKILL');
    process.kill(pid, 'SIGKILL');
    await result;
    assert.is(unrest(t).length, 1);
    await succeed(t, 'acquire -s other');
    await until(() => existsSync(`${t.dir}/kept/1/1/exit`), 'outputs are kept');
    await succeed(t, 'release --all');
    await until(() => unrest(t).length === 0, 'the instances are back');
    await assertAtRest(t);
  },
);

test('what a relay has started goes with it, though nobody asks how that ended', async (t) => {
  t.write('lab.yaml', '{1: {type: process}}');
  const words = ['with', '--streams', 'lab.yaml', '--', 'sh', '-c'];
  const code = 'until [ -e end ]; do sleep 0.05; done; exit 5';
  let pid = 0;
  const result = t.crcache([...words, code], {onStart: (child) => (pid = child.pid ?? 0)});
  let relay: number | undefined;
  const isRelay = (each: number): boolean =>
    /\/streams\/[^/]+\/here\0$/.test(readFileSync(`/proc/${String(each)}/cmdline`, 'utf8'));
  await until(() => {
    relay = childrenOf(pid).find(isRelay);
    return relay !== undefined && childrenOf(relay).length === 2;
  }, 'it listens');
  const started = childrenOf(relay ?? 0);
  process.kill(pid, 'SIGSTOP');
  process.kill(relay ?? 0, 'SIGKILL');
  await until(() => started.every((each) => ['', 'Z', 'X'].includes(stateOf(each))), 'they go');
  process.kill(pid, 'SIGCONT');
  t.write('end', '');
  assert.is((await result).status, 5);
});

function childrenOf(pid: number): number[] {
  const path = `/proc/${String(pid)}/task/${String(pid)}/children`;
  return existsSync(path) ? (readFileSync(path, 'utf8').match(/[0-9]+/g) ?? []).map(Number) : [];
}
