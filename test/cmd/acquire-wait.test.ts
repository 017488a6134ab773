// What becomes of those who wait when the configuration changes meanwhile, and where files cannot be watched.

import * as assert from 'uvu/assert';
import {until, untilQueued} from '../helpers/held.js';
import {namesIn} from '../helpers/invariants.js';
import type {Result} from '../helpers/programs.js';
import {suite} from '../helpers/suite.js';
import {World} from '../helpers/world.js';

const test = suite('acquire --wait', {inMemory: true});

/** Somebody waits, until the configuration is what lets them in. */
async function waitFor(
  world: World,
  source: string,
  change: () => Promise<void> | void,
): Promise<Pick<Result, 'status' | 'stdout' | 'stderr'>> {
  const waiting = world.run(['acquire', '-s', source, '--wait=60s']);
  await untilQueued(world, source, 1);
  await change();
  const {status, stdout, stderr} = await waiting;
  return {status, stdout, stderr};
}

for (const [what, source, changed] of [
  ['its own', 's', 's'],
  ['that of what it stands on', 'p', 's'],
] as const) {
  test(`who waits goes by what a configuration says by now: ${what}`, async (t) => {
    const world = new World(t, {s: {type: 'sim', maximum: 1}, p: {type: 'pool', sources: 's'}});
    assert.equal(await world.must('acquire', '-s', source), [`${source}-0`]);
    const served = await waitFor(world, source, () => {
      world.configure(changed, {maximum: 2});
    });
    assert.equal(served, {status: 0, stdout: `${source}-1\n`, stderr: ''});
  });
}

test('who waits goes on while a configuration is wrong', async (t) => {
  const world = new World(t, {s: {type: 'sim', maximum: 1}});
  await world.must('acquire', '-s', 's');
  const served = await waitFor(world, 's', async () => {
    world.configure('s', {maximum: 'two'});
    await world.must('release', 's-0');
  });
  assert.equal(served, {status: 0, stdout: 's-0\n', stderr: ''});
});

test('a lease ends when its source says by the time that it begins', async (t) => {
  const world = new World(t, {s: {type: 'sim', maximum: 1, ttl: '1h'}});
  await world.must('acquire', '-s', 's');
  await waitFor(world, 's', async () => {
    world.configure('s', {ttl: '5m'});
    await world.must('release', 's-0');
  });
  const [since = '', until = ''] = await world.must(
    ...['list-instances', '--format', '%(since)\n%(until)'],
  );
  assert.is(Date.parse(until) - Date.parse(since), 300_000);
});

test('who waits stands in the queues of those sources that it may draw on by now', async (t) => {
  const world = new World(t, {
    a: {type: 'sim', maximum: 1},
    b: {type: 'sim', maximum: 1},
    p: {type: 'pool', sources: 'a'},
  });
  await world.must('acquire', '-s', 'a');
  await world.must('acquire', '-s', 'b');
  const queue = (source: string): string[] => namesIn(`${world.state}/sources/${source}/queue`);
  const served = await waitFor(world, 'p', async () => {
    await untilQueued(world, 'a', 1);
    world.configure('p', {sources: 'b'});
    await until(() => queue('a').length === 0 && queue('b').length === 1, 'it stands elsewhere');
    await world.must('release', 'a-0');
    assert.equal(await world.must('acquire', '-s', 'a'), ['a-0'], 'nobody is in the way there');
    await world.must('release', 'b-0');
  });
  assert.equal(served, {status: 0, stdout: 'p-0\n', stderr: ''});
  assert.equal([...queue('p'), ...queue('a'), ...queue('b')], []);
});

test('who waits where no more files can be watched looks by itself', async (t) => {
  t.needs('unshare');
  const world = new World(t, {s: {type: 'sim', maximum: 1}});
  await world.must('acquire', '-s', 's');
  const none = 'echo 0 >/proc/sys/user/max_inotify_instances && exec "$@"';
  const unwatched = (...words: string[]): Promise<Result> =>
    t.run('unshare', ['-Ur', 'sh', '-c', none, 'sh', ...words], {env: world.env});
  const {status, stderr} = await unwatched('true');
  if (status !== 0) t.skip(`nothing can be limited here: ${stderr}`);
  const waiting = unwatched('crcache', 'acquire', '-s', 's', '--wait=60s');
  const isOver = waiting.then((result) => result.stderr);
  await Promise.race([untilQueued(world, 's', 1), isOver]);
  await world.must('release', 's-0');
  const served = await waiting;
  assert.equal([served.status, served.stdout, served.stderr], [0, 's-0\n', '']);
});

test('who waits is ended by USR1 as any other program, and lets nobody look into it', async (t) => {
  const world = new World(t, {s: {type: 'sim', maximum: 1}});
  await world.must('acquire', '-s', 's');
  let pid = 0;
  const onStart = (child: {readonly pid?: number | undefined}): number => (pid = child.pid ?? 0);
  const waiting = t.crcache(['acquire', '-s', 's', '--wait=60s'], {env: world.env, onStart});
  await untilQueued(world, 's', 1);
  process.kill(pid, 'SIGUSR1');
  const {signal, stdout, stderr} = await waiting;
  assert.equal([signal, stdout, stderr], ['SIGUSR1', '', '']);
  await world.must('gc');
  assert.equal(namesIn(`${world.state}/sources/s/queue`), []);
});
