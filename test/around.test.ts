// What a source puts around the commands in its instances: pre-run.d, post-run.d and run-wrapper=; and concurrency.d.

import * as assert from 'uvu/assert';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {configure, succeed} from './helpers/configured.js';
import {until} from './helpers/held.js';
import type {Sandbox} from './helpers/sandbox.js';
import {suite} from './helpers/suite.js';

const test = suite('around commands');

function hook(t: Sandbox, file: string, code: string): void {
  t.write(`config/sources/${file}`, `#!/bin/sh\n${code}\n`, 0o700);
}

/** Hooks around the commands of a source that note what they are told. */
function traceAround(t: Sandbox, source: string): void {
  const note = (words: string): string => `echo "${words}" >>${t.dir}/trace`;
  hook(t, `${source}/pre-run.d/10-note`, note(`${source} pre $*`));
  hook(t, `${source}/post-run.d/10-note`, note(`${source} post $* = $CRCACHE_STATUS`));
}

function traced(t: Sandbox): string[] {
  const path = `${t.dir}/trace`;
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
  writeFileSync(path, '');
  return lines;
}

test('hooks of all levels are run around a command, and are told it and its status', async (t) => {
  configure(t, 'upper', 'type=pool', 'sources=base');
  configure(t, 'base', 'type=sim');
  for (const name of ['upper', 'base']) traceAround(t, name);
  await succeed(t, 'acquire -s upper');
  const ran = await t.crcache(['run', 'upper-0', 'sh', '-c', 'cat; exit 3', 'a b'], {input: 'in'});
  assert.equal([ran.status, ran.stdout, ran.stderr], [3, 'in', '']);
  const command = 'sh -c cat; exit 3 a b';
  const around = [
    `base pre base-0 ${command}`,
    `upper pre upper-0 ${command}`,
    `upper post upper-0 ${command} = 3`,
    `base post base-0 ${command} = 3`,
  ];
  assert.equal(traced(t), around);
  // By whatever way.
  const byHand = await t.run('state/sources/upper/in-use/upper-0/run', ['true']);
  assert.equal([byHand.status, traced(t).length], [0, 4]);
  await succeed(t, 'run --each upper-0 -- true');
  assert.is(traced(t).length, 4);
  await succeed(t, 'release upper-0');
  await succeed(t, 'with upper true');
  assert.is(traced(t).length, 4);
});

test('not around copying, nor around what hooks run themselves, by either way', async (t) => {
  configure(t, 's', 'type=sim', 'run-wrapper=sh -c \'echo wrapped >&2\\; exec "$@"\' sh');
  traceAround(t, 's');
  hook(t, 's/provision.d/10-use', 'crcache run "$1" true && "$CRCACHE_INSTANCE_DIR/run" true');
  hook(t, 's/pre-run.d/20-use', 'crcache run "$1" true && "$CRCACHE_INSTANCE_DIR/run" true');
  assert.is((await t.crcache(['acquire', '-s', 's'])).stderr, '');
  t.write('file', 'text');
  assert.equal(await t.crcache(['cp', 'file', 's-0:there']).then(({stderr}) => stderr), '');
  t.write('tree/file', 'text');
  await succeed(t, 'sync tree s-0:tree');
  t.write('tree/file', 'other text');
  await succeed(t, 'sync tree s-0:tree');
  assert.equal(traced(t), []);
  const {stdout, stderr} = await t.crcache(['run', 's-0', 'cat', 'there', 'tree/file']);
  assert.equal([stdout, stderr], ['textother text', 'wrapped\n']);
  assert.is(traced(t).length, 2);
});

test('around what other programs run by crcache rsh, copying or not', async (t) => {
  t.needs('rsync');
  configure(t, 's', 'type=sim');
  traceAround(t, 's');
  await succeed(t, 'acquire -s s');
  t.write('tree/file', 'text');
  const {status, stderr} = await t.run('rsync', ['-r', '-e', 'crcache rsh', 'tree/', 's-0:tree/']);
  assert.equal([status, stderr], [0, '']);
  assert.equal(traced(t).filter((line) => line.startsWith('s pre s-0 ')).length, 1);
});

test('a wrapper may change arguments, environment and streams, and costs no process of ours', async (t) => {
  configure(t, 's', 'type=sim', 'run-wrapper=env WRAPPED="a b"');
  configure(
    t,
    'upper',
    'type=pool',
    'sources=s',
    'run-wrapper=sh -c \'"$@" last | tr a-z A-Z\' sh',
  );
  await succeed(t, 'acquire -s upper');
  const {stdout} = await t.crcache(['run', 'upper-0', 'sh', '-c', 'echo "$WRAPPED" "$@"', 'sh']);
  assert.is(stdout, 'A B LAST\n');
  assert.not.match(
    readFileSync(`${t.dir}/state/sources/upper/instances/upper-0/run`, 'utf8'),
    /exec/,
  );
  const job = await succeed(t, 'run -d upper-0 echo said');
  await succeed(t, `wait ${job.trim()}`);
  assert.is(await succeed(t, `output ${job.trim()}`), 'SAID LAST\n');
});

test('a wrapper of which a part would be run by itself, and on this machine, is refused', async (t) => {
  configure(t, 's', 'type=sim', `run-wrapper=cd / && touch ${t.dir}/here`);
  const {status, stderr} = await t.crcache(['acquire', '-s', 's']);
  assert.is(status, 2);
  assert.match(stderr, /source\.conf:2: 'run-wrapper' wants words of sh .*\nhint: .* sh -c 'cd /);
  configure(t, 's', 'type=sim', `run-wrapper='sh -c "cd / && exec \\"\\$@\\"" sh'`);
  await succeed(t, 'acquire -s s');
  assert.is((await t.crcache(['run', 's-0', 'pwd'])).stdout, '/\n');
});

test('a source that has nothing of it has nothing of it in its run script', async (t) => {
  configure(t, 's', 'type=sim');
  await succeed(t, 'acquire -s s');
  const script = readFileSync(`${t.dir}/state/sources/s/instances/s-0/run`, 'utf8');
  assert.not.match(script, /wrap-command|CRCACHE_RUN_INSIDE/);
});

test('where one fails before it the command is not run, and what was begun is ended', async (t) => {
  configure(t, 's', 'type=sim');
  traceAround(t, 's');
  hook(t, 's/pre-run.d/20-bad', 'echo said; exit 7');
  await succeed(t, 'acquire -s s');
  const ran = await t.crcache(['run', '--status-file', 'end', 's-0', 'touch', 'ran']);
  assert.is(ran.status, 125);
  assert.match(ran.stderr, /hook '20-bad' of pre-run\.d failed for 's-0': status 7/);
  assert.match(readFileSync(`${t.dir}/end`, 'utf8'), /crcache/);
  assert.equal(traced(t), ['s pre s-0 touch ran', 's post s-0 touch ran = 125']);
  const [, path = ''] = /its output is in (.*)/.exec(ran.stderr) ?? [];
  assert.match(readFileSync(path, 'utf8'), /^said$/m);
  assert.is((await t.crcache(['rsh', 's-0', 'true'])).status, 255);
});

test('where one fails after it the status is that of a command that failed, too, else 125', async (t) => {
  configure(t, 's', 'type=sim');
  hook(t, 's/post-run.d/10-bad', 'exit 7');
  await succeed(t, 'acquire -s s');
  for (const [code, status] of [
    ['exit 0', 125],
    ['exit 9', 9],
  ] as const) {
    const ran = await t.crcache(['run', 's-0', 'sh', '-c', code]);
    assert.is(ran.status, status);
    assert.match(ran.stderr, /hook '10-bad' of post-run\.d failed for 's-0': status 7/);
  }
});

for (const [where, code] of [
  ['the command', ''],
  ['a hook before it', 'touch there; exec sleep 1000'],
] as const) {
  test(`a signal ends ${where}, and what comes after it is run`, async (t) => {
    configure(t, 's', 'type=sim');
    traceAround(t, 's');
    if (code !== '') hook(t, 's/pre-run.d/20-hang', `cd ${t.dir}; ${code}`);
    await succeed(t, 'acquire -s s');
    let pid = 0;
    const words = ['run', 's-0', 'sh', '-c', `touch ${t.dir}/there; exec sleep 1000`];
    const running = t.crcache(words, {onStart: (child) => (pid = child.pid ?? 0)});
    await until(() => existsSync(`${t.dir}/there`), `${where} runs`);
    process.kill(pid, 'SIGTERM');
    assert.is((await running).status, 143);
    assert.match(traced(t).at(-1) ?? '', /^s post .* = 143$/);
  });
}

for (const [where, lines] of [
  ['here', ['type=sim']],
  ['elsewhere', ['type=command', 'run_command=env']],
] as const) {
  test(`a job ${where} has them around it, whatever ends it`, {timeLimitMs: 60_000}, async (t) => {
    configure(t, 's', ...lines);
    traceAround(t, 's');
    await succeed(t, 'acquire -s s');
    const job = (await succeed(t, 'run -d s-0 sh -c exit')).trim();
    assert.is(await succeed(t, `wait ${job}`), '');
    const around = (words: string, status: number): string[] => [
      `s pre s-0 ${words}`,
      `s post s-0 ${words} = ${String(status)}`,
    ];
    assert.equal(traced(t), around('sh -c exit', 0));
    const isTraced = (phase: string) => (): boolean =>
      readFileSync(`${t.dir}/trace`, 'utf8').includes(phase);
    await succeed(t, 'run -d s-0 sleep 1000');
    await until(isTraced('pre'), 'it has begun');
    assert.is(await succeed(t, 'kill s-0/2'), '');
    // Nobody waits for this one.
    await until(isTraced('post'), 'it is told');
    assert.equal(traced(t), around('sleep 1000', 143));
    await succeed(t, 'run -d s-0 sleep 1000');
    await until(isTraced('pre'), 'it has begun');
    await succeed(t, 'release s-0');
    assert.equal(traced(t), around('sleep 1000', 143));
  });

  test(
    `a job ${where} is not begun where one fails before it, and fails by one after it`,
    {timeLimitMs: 60_000},
    async (t) => {
      configure(t, 's', ...lines);
      traceAround(t, 's');
      hook(t, 's/pre-run.d/20-bad', '[ "$2" != never ]');
      hook(t, 's/post-run.d/20-bad', 'exit 7');
      await succeed(t, 'acquire -s s');
      const job = (await succeed(t, 'run -d s-0 true')).trim();
      const waited = await t.crcache(['wait', job]);
      const {stdout} = await t.crcache(['output', '--stderr', job]);
      assert.is(waited.status, 125);
      assert.match(
        waited.stderr + stdout,
        /hook '20-bad' of post-run\.d failed for 's-0': status 7/,
      );
      traced(t);
      const failed = await t.crcache(['run', '-d', 's-0', 'never']);
      if (failed.status === 0) await t.crcache(['wait', failed.stdout.trim()]);
      assert.equal(traced(t), ['s pre s-0 never', 's post s-0 never = 125']);
    },
  );
}

test('concurrency.d is told the number so far, and its last number counts', async (t) => {
  configure(t, 's', 'type=sim', 'concurrency=4');
  configure(t, 'upper', 'type=pool', 'sources=s');
  hook(t, 's/concurrency.d/10-double', 'echo thinking; echo $((2 * CRCACHE_CONCURRENCY))');
  hook(t, 's/concurrency.d/20-none', 'echo "none: 3 "');
  hook(t, 'upper/concurrency.d/10-less', 'echo 100; echo $((CRCACHE_CONCURRENCY - 1))');
  assert.is((await t.crcache(['acquire', '-s', 'upper'])).stderr, '');
  assert.is(await succeed(t, 'show-instance s-0 concurrency'), '8\n');
  assert.is(await succeed(t, 'show-instance upper-0 concurrency'), '7\n');
  hook(t, 's/concurrency.d/10-double', 'echo 3.5');
  hook(t, 's/concurrency.d/20-none', 'echo "  $((CRCACHE_CONCURRENCY + 1)) "');
  assert.is(
    (await t.crcache(['acquire', '-s', 's'])).stderr,
    "crcache: hook '10-double' of concurrency.d printed '3.5', which is no whole number from 1 to 999999999: it stays 4\n",
  );
  assert.is(await succeed(t, 'show-instance s-1 concurrency'), '5\n');
  hook(t, 'upper/concurrency.d/20-bad', 'exit 1');
  const {status, stderr} = await t.crcache(['acquire', '-s', 'upper']);
  assert.is(status, 13);
  assert.match(stderr, /hook '20-bad' of concurrency\.d failed/);
});
