// Commands that run on when their client has gone, on every kind of instance.

import * as assert from 'uvu/assert';
import type {Sandbox} from '../../../helpers/sandbox.js';
import {suite} from '../../../helpers/suite.js';
import {acquireKind, kinds, type Kind} from './kinds.js';

const test = suite('jobs');

/** What a command prints; it must succeed. */
async function ask(t: Sandbox, ...words: readonly string[]): Promise<string> {
  const {stdout, stderr, status} = await t.crcache(words);
  assert.equal([status, stderr], [0, ''], words.join(' '));
  return stdout;
}

async function start(t: Sandbox, instance: string, ...words: readonly string[]): Promise<string> {
  return (await ask(t, 'run', '-d', instance, ...words)).trim();
}

/** Waits for a job; the value is the status. */
async function waitFor(t: Sandbox, ...words: readonly string[]): Promise<number | null> {
  return (await t.crcache(['wait', ...words])).status;
}

/** A line of sh that opens a fifo for writing when all else of the test is ready, and stops there until then. */
async function gate(
  t: Sandbox,
  name: string,
): Promise<{path: string; open: () => Promise<unknown>}> {
  const path = `${t.dir}/${name}`;
  await t.run('mkfifo', [path]);
  return {path, open: () => t.run('sh', ['-c', 'echo go >"$0"', path])};
}

for (const kind of kinds) describeJobs(kind);

const [anyKind] = kinds as [Kind, ...Kind[]];

function describeJobs(kind: Kind): void {
  test(`in ${kind.name}: status and both outputs are there afterwards`, async (t) => {
    const name = await acquireKind(t, kind);
    const {path, open} = await gate(t, 'gate');
    const code = 'read -r line <"$1"; printf "a\\n\\0b"; echo "$line" >&2; exit 7';
    const job = await start(t, name, 'sh', '-c', code, 'sh', path);
    assert.is(job, `${name}/1`);
    assert.match(await ask(t, 'jobs'), new RegExp(`^${name}/1 +running`, 'm'));
    assert.is(await waitFor(t, job, '--timeout', '10ms'), 124);
    await open();
    assert.is(await waitFor(t, job), 7);
    assert.is(await ask(t, 'output', job), 'a\n\0b');
    assert.is(await ask(t, 'output', '--stderr', job), 'go\n');
    const [view] = JSON.parse(await ask(t, 'jobs', '--json')) as Record<string, unknown>[];
    assert.equal([view?.['state'], view?.['status'], view?.['success']], ['ended', 7, false]);
  });

  test(`in ${kind.name}: what it prints can be followed to its end`, async (t) => {
    const name = await acquireKind(t, kind);
    const {path, open} = await gate(t, 'gate');
    const job = await start(t, name, 'sh', '-c', 'echo one; read -r l <"$1"; echo two', 'sh', path);
    const following = t.crcache(['output', '-f', job]);
    await open();
    assert.is((await following).stdout, 'one\ntwo\n');
  });

  test(`in ${kind.name}: words arrive as they are, and files are kept as outputs`, async (t) => {
    const name = await acquireKind(t, kind);
    const code = 'printf "%s\\n" "$@" "$E" >made';
    const words = ['a  b', '', '--', '-x', "'", '$HOME', 'ä\nb'];
    const run = ['run', '-d', '-e', 'E=f g', '--output', 'all=made', name];
    const job = (await ask(t, ...run, 'sh', '-c', code, 'sh', ...words)).trim();
    assert.is(await waitFor(t, job), 0);
    const expected = [...words, 'f g', ''].join('\n');
    assert.is(await ask(t, 'output', '--name', 'all', job), expected);
  });

  test(`in ${kind.name}: kill ends what ignores TERM and has left its session`, async (t) => {
    const name = await acquireKind(t, kind);
    const mark = `marked-${String(process.pid)}`;
    const stubborn = `trap "" TERM; setsid sh -c 'trap "" TERM; exec -a x sleep 1000; sleep 1000' ${mark} & sleep 1000`;
    const lines = `${stubborn.replace('exec -a x sleep 1000; ', '')}; wait`;
    const {path, open} = await gate(t, 'gate');
    const job = await start(
      t,
      name,
      'sh',
      '-c',
      `read -r l <"$1"; echo begun; ${lines}`,
      'sh',
      path,
    );
    await open();
    assert.is(await ask(t, 'kill', '--grace', '200ms', job), '');
    assert.is(await waitFor(t, job), 137);
    assert.is((await t.run('pgrep', ['-f', mark])).stdout, '');
    assert.is(await ask(t, 'output', job), 'begun\n');
  });

  test(`in ${kind.name}: release ends it, and keeps its output where that is wished for`, async (t) => {
    const name = await acquireKind(t, kind);
    const job = await start(t, name, 'sh', '-c', 'echo part; exec sleep 1000');
    await ask(t, 'release', '--keep-outputs', 'kept', name);
    const {stdout} = await t.run('cat', [`kept/${job}/stdout`, `kept/${job}/exit`]);
    assert.is(stdout, 'part\n143\n');
    assert.is(await ask(t, 'jobs'), 'job  state  age  command\n');
  });
}

test('a signal of one’s own is sent, and that is all', async (t) => {
  const name = await acquireKind(t, anyKind);
  const {path, open} = await gate(t, 'gate');
  const code = 'trap "echo caught; exit 3" USR1; echo ready; while :; do read -r l <"$1"; done';
  const job = await start(t, name, 'sh', '-c', code, 'sh', path);
  await open();
  await ask(t, 'kill', '--signal', 'SIGUSR1', job);
  assert.is(await waitFor(t, job), 3);
  assert.is(await ask(t, 'output', job), 'ready\ncaught\n');
});

test('one that was killed with all that could say so is lost', async (t) => {
  const name = await acquireKind(t, anyKind);
  const job = await start(t, name, 'sh', '-c', 'kill -9 "$PPID"; exec sleep 1000');
  const {status, stderr} = await t.crcache(['wait', job]);
  assert.is(status, 125);
  assert.match(stderr, new RegExp(`'${job}': lost without a status`));
  assert.match(await ask(t, 'jobs'), /lost/);
});

test('several are waited for together, and 0 only if all succeeded', async (t) => {
  const name = await acquireKind(t, anyKind);
  await start(t, name, 'true');
  await start(t, name, 'true');
  assert.is(await waitFor(t, name), 0);
  await start(t, name, 'false');
  assert.is(await waitFor(t, name), 1);
});

test('what is not found, and what there is none of, is told', async (t) => {
  const name = await acquireKind(t, anyKind);
  const job = await start(t, name, 'no-such-program');
  assert.is(await waitFor(t, job), 127);
  const none = await t.crcache(['output', `${name}/9`]);
  assert.equal(
    [none.status, none.stderr],
    [10, `crcache: no job '${name}/9'\nhint: crcache jobs ${name}\n`],
  );
  const empty = await t.crcache(['run', '-d', name]);
  assert.equal([empty.status, empty.stdout], [125, '']);
});

test('an output of 256 MiB takes no memory', {timeLimitMs: 60_000}, async (t) => {
  const name = await acquireKind(t, anyKind);
  const job = await start(t, name, 'head', '-c', '268435456', '/dev/zero');
  const code = 'crcache wait "$1" && crcache output "$1" | wc -c';
  assert.is((await t.run('sh', ['-c', code, 'sh', job])).stdout.trim(), '268435456');
});
