// Commands that run on when their client has gone.

import * as assert from 'uvu/assert';
import {until} from '../../../helpers/held.js';
import type {Sandbox} from '../../../helpers/sandbox.js';
import {ownSeconds, processesWith} from '../../../helpers/sleepers.js';
import type {There} from './there.js';

/** What a command prints; it must succeed. */
export async function ask(t: Sandbox, ...words: readonly string[]): Promise<string> {
  const {stdout, stderr, status} = await t.crcache(words);
  assert.equal([status, stderr], [0, ''], words.join(' '));
  return stdout;
}

/** Starts a job; the value is its name. */
export async function start(
  t: Sandbox,
  instance: string,
  ...words: readonly string[]
): Promise<string> {
  return (await ask(t, 'run', '-d', instance, ...words)).trim();
}

/** Waits for a job; the value is the status. */
export async function waitFor(t: Sandbox, ...words: readonly string[]): Promise<number | null> {
  return (await t.crcache(['wait', ...words])).status;
}

/** Makes a fifo in an instance, where commands start; the value writes a line to it, once somebody reads. */
export async function makeGate(t: Sandbox, instance: string): Promise<() => Promise<unknown>> {
  await ask(t, 'run', instance, 'mkfifo', 'gate');
  return () => ask(t, 'run', instance, 'sh', '-c', 'echo go >gate; rm gate');
}

export function describeJobs(there: There): void {
  const {test} = there;

  // These start some ten commands each, and a kind's tool may be slow to start.
  const many = {timeLimitMs: 60_000};

  test('a job leaves its status and both outputs', many, async (t) => {
    const name = await there.acquireAnother(t);
    const open = await makeGate(t, name);
    const code = 'read -r line <gate; printf "a\\n\\0b"; echo "$line" >&2; exit 7';
    const job = await start(t, name, 'sh', '-c', code);
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

  test('what a job prints can be followed to its end', async (t) => {
    const name = await there.enter(t);
    const open = await makeGate(t, name);
    const job = await start(t, name, 'sh', '-c', 'echo one; read -r l <gate; echo two');
    const following = t.crcache(['output', '-f', job]);
    await open();
    assert.is((await following).stdout, 'one\ntwo\n');
  });

  test('words of a job arrive as they are, and files are kept as outputs', async (t) => {
    const name = await there.enter(t);
    const code = 'printf "%s\\n" "$@" "$E" >made';
    const words = ['a  b', '', '--', '-x', "'", '$HOME', 'ä\nb'];
    const run = ['run', '-d', '-e', 'E=f g', '--output', 'all=made', name];
    const job = (await ask(t, ...run, 'sh', '-c', code, 'sh', ...words)).trim();
    assert.is(await waitFor(t, job), 0);
    const expected = [...words, 'f g', ''].join('\n');
    assert.is(await ask(t, 'output', '--name', 'all', job), expected);
  });

  test('kill ends a job that ignores TERM and has left its session', async (t) => {
    const name = await there.enter(t);
    const mark = ownSeconds(t);
    await ask(t, 'run', name, 'mkfifo', 'gate');
    const stubborn = `setsid sh -c 'trap "" TERM; echo >gate; exec sleep ${mark}' & sleep 1000; wait`;
    const job = await start(t, name, 'sh', '-c', `trap "" TERM; echo begun; ${stubborn}`);
    await ask(t, 'run', name, 'sh', '-c', 'read -r line <gate; rm gate');
    await until(() => processesWith(mark).length === 1, 'it sleeps');
    assert.is(await ask(t, 'kill', '--grace', '200ms', job), '');
    assert.is(await waitFor(t, job), 137);
    assert.equal(processesWith(mark), []);
    assert.is(await ask(t, 'output', job), 'begun\n');
  });

  test('kill ends what a job has left behind for nobody to wait for', async (t) => {
    const name = await there.enter(t);
    const mark = ownSeconds(t);
    await ask(t, 'run', name, 'mkfifo', 'gate');
    const lost = `(setsid sh -c 'trap "" TERM; echo >gate; exec sleep ${mark}' &)`;
    const job = await start(t, name, 'sh', '-c', `${lost}; sleep 1000`);
    await ask(t, 'run', name, 'sh', '-c', 'read -r line <gate; rm gate');
    await until(() => processesWith(mark).length === 1, 'it sleeps');
    assert.is(await ask(t, 'kill', '--grace', '200ms', job), '');
    assert.equal(processesWith(mark), []);
  });

  test('release ends a job, and keeps its output where that is wished for', many, async (t) => {
    const name = await there.acquireAnother(t);
    await ask(t, 'run', name, 'mkfifo', 'gate');
    const code =
      'printf "part\\377\\n"; mkdir -p tree/bin; echo all >tree/bin/all; echo >gate; sleep 1000';
    const run = ['run', '-d', '--output', 'all=tree', name, 'sh', '-c', code];
    const job = (await ask(t, ...run)).trim();
    await ask(t, 'run', name, 'sh', '-c', 'read -r line <gate; rm gate');
    await ask(t, 'release', '--keep-outputs', 'kept', name);
    const files = ['stdout', 'exit', 'output/all/bin/all'].map((file) => `kept/${job}/${file}`);
    const {stdout} = await t.run('od', ['-An', '-c', ...files]);
    assert.is(stdout.replaceAll(/\s+/g, ' '), ' p a r t 377 \\n 1 4 3 \\n a l l \\n ');
    assert.not.match(await ask(t, 'jobs'), `${name}/`);
  });
}
