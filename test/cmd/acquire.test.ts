import {mkdirSync, rmSync, statSync, utimesSync, writeFileSync} from 'node:fs';
import * as assert from 'uvu/assert';
import type {Step, StepName} from '../../lib/steps.js';
import {formatWorker, Workshop} from '../../lib/store/worker.js';
import {suite} from '../helpers/suite.js';
import {linesOf, World} from '../helpers/world.js';

const test = suite('acquire', {inMemory: true});

const holder = /^ {2}(\S+) is held by (\S+) since 20\S+Z: /;

/** Who holds what, as the message of an acquire says that could not be met. */
async function toldHolders(world: World, ...words: string[]): Promise<string[]> {
  const {status, stdout, stderr} = await world.here(['acquire', ...words]);
  assert.is(status, 12, stderr);
  assert.is(stdout, '');
  const [, ...lines] = linesOf(stderr);
  assert.match(lines.pop() ?? '', /^hint: /);
  return lines.map((line) => holder.exec(line)?.[1] ?? line.trim());
}

test('names who holds the instances, ten at most, as people count', async (t) => {
  const world = new World(t, {s: {type: 'sim', maximum: 12}});
  await world.must('acquire', '-s', 's', '12');
  assert.equal(await toldHolders(world, '-s', 's'), [
    ...Array.from({length: 10}, (_, slot) => `s-${String(slot)}`),
    'and 2 more',
  ]);
});

test('takes a name for the source that it must be, and says how one is named', async (t) => {
  const world = new World(t, {s: {type: 'sim'}});
  for (const command of ['acquire', 'provision-instance']) {
    const {status, stderr} = await world.here([command, 'build']);
    const wrong = "crcache: COUNT wants a number, not 'build'\n";
    assert.equal([status, stderr], [2, `${wrong}hint: crcache ${command} -s build\n`]);
    assert.not.match((await world.here([command, '0'])).stderr, 'hint');
  }
});

test('takes a time behind --wait for that, and says how it is given', async (t) => {
  const world = new World(t, {s: {type: 'sim'}});
  const {status, stderr} = await world.here(['acquire', '-s', 's', '--wait', '10m']);
  const wrong = "crcache: COUNT wants a number, not '10m'\n";
  assert.equal([status, stderr], [2, `${wrong}hint: crcache acquire --wait=10m\n`]);
  assert.equal(await world.must('acquire', '-s', 's', '--wait', '2'), ['s-0', 's-1']);
});

test('of a pool, names its users and not what their instances stand on, each once', async (t) => {
  const world = new World(t, {
    a: {type: 'sim', maximum: 2},
    b: {type: 'sim', maximum: 1},
    p: {type: 'pool', sources: 'a, b'},
    q: {type: 'pool', sources: 'p, a'},
  });
  await world.must('acquire', '-s', 'q');
  await world.must('acquire', '-s', 'p');
  await world.must('acquire', '-s', 'b');
  for (const source of ['q', 'p', 'a'])
    assert.equal(
      await toldHolders(world, '-s', source),
      source === 'a' ? ['p-1', 'q-0'] : ['b-0', 'p-1', 'q-0'],
      source,
    );
});

test('of what another pool keeps, names that and its state', async (t) => {
  const world = new World(t, {
    a: {type: 'sim', maximum: 1},
    p: {type: 'pool', sources: 'a'},
    q: {type: 'pool', sources: 'a'},
  });
  await world.must('provision-instance', '-s', 'q');
  assert.equal(await toldHolders(world, '-s', 'p'), ['q-0 is cached, and stands on a-0']);
  const {stderr} = await world.here(['acquire', '-s', 'p', '--wait=1ms']);
  assert.is(linesOf(stderr).pop(), 'hint: crcache discard-instance q-0', 'waiting is in vain');
  await world.must('discard-instance', 'q-0');
  await world.must('acquire', '-s', 'p');
});

test('prints the names as people count, one a line or all on one', async (t) => {
  const world = new World(t, {s: {type: 'sim', reserve: 12}});
  const names = Array.from({length: 12}, (_, slot) => `s-${String(slot)}`);
  assert.is((await world.here(['acquire', '-s', 's', '12'])).stdout, `${names.join('\n')}\n`);
  await world.must('release', ...names.slice(2));
  for (const option of ['-1', '--one-line']) {
    const {stdout} = await world.here(['acquire', '-s', 's', option, '10']);
    assert.is(stdout, `${names.slice(2).join(' ')}\n`);
    await world.must('release', ...names.slice(2));
  }
});

test('provisions several side by side, and no more than starting= says', async (t) => {
  const world = new World(t, {s: {type: 'sim', starting: 3}});
  let making = 0;
  let most = 0;
  const step = (name: StepName): void => {
    if (name === 'provision:handle-written') most = Math.max(most, ++making);
    if (name === 'provision:made') making--;
  };
  assert.is((await world.here(['acquire', '-s', 's', '7'], {step})).status, 0);
  assert.is(most, 3);
});

test('of a pool makes no more at once of a source than its starting= says', async (t) => {
  const world = new World(t, {
    s: {type: 'sim', starting: 1, 'delay-make': '0.1s'},
    p: {type: 'pool', sources: 's'},
  });
  await world.must('acquire', '-s', 'p', '3');
  const times = await world.must('list-instances', '-s', 's', '--format', '%(created)');
  const made = times.map((time) => Date.parse(time)).sort((a, b) => a - b);
  for (const [index, time] of made.slice(1).entries())
    assert.ok(time - (made[index] ?? 0) >= 90, times.join(' '));
});

test('--dry-run prints what would be taken and made, and does nothing', async (t) => {
  const world = new World(t, {s: {type: 'sim', maximum: 3}});
  await world.must('provision-instance', '-s', 's');
  assert.equal(await world.must('acquire', '-s', 's', '3', '--dry-run'), ['take s-0', 'make 2']);
  assert.is((await world.here(['acquire', '-s', 's', '4', '-n'])).status, 12);
  assert.equal(await world.must('list-instances', '--format', '%(name) %(state)'), ['s-0 cached']);
});

test('takes an empty directory for a free slot, and says of what else is in its way that it must be mended', async (t) => {
  const world = new World(t, {s: {type: 'sim', maximum: 1}, p: {type: 'pool', sources: 's'}});
  await world.must('acquire', '-s', 's');
  await world.must('release', '-f', 's-0');
  const slot = `${world.state}/sources/s/instances/s-0`;
  mkdirSync(slot);
  assert.equal(await world.must('acquire', '-s', 's'), ['s-0']);
  await world.must('release', '-f', 's-0');
  for (const isFile of [true, false]) {
    if (isFile) writeFileSync(slot, '');
    else mkdirSync(`${slot}/workers`, {recursive: true});
    for (const source of ['s', 'p']) {
      assert.equal(await toldHolders(world, '-s', source, '--wait=1ms'), ['s-0 is in no state']);
      const {stderr} = await world.here(['acquire', '-s', source]);
      assert.is(linesOf(stderr).pop(), 'hint: crcache fsck');
    }
    rmSync(slot, {recursive: true});
  }
});

test('says what is broken, and what is drained below a pool', async (t) => {
  const world = new World(t, {l: {type: 'local'}, p: {type: 'pool', sources: 'l'}});
  const hooks = `${world.root}/config/sources/l/release.d`;
  mkdirSync(hooks);
  writeFileSync(`${hooks}/10-fail`, '#!/bin/sh\nexit 1\n', {mode: 0o755});
  await world.must('acquire', '-s', 'l');
  assert.is((await world.here(['release', 'l-0'])).status, 13);
  assert.equal(await toldHolders(world, '-s', 'l'), ['l-0 is broken']);
  const {stderr} = await world.here(['acquire', '-s', 'l']);
  assert.is(linesOf(stderr).pop(), 'hint: crcache explain l-0');
  await world.must('drain-source', 'l');
  const drained = await world.here(['acquire', '-s', 'p']);
  assert.match(drained.stderr, "its sources have none free, and 'l' is drained");
  assert.is(linesOf(drained.stderr).pop(), 'hint: crcache drain-source l --off');
});

/** Puts somebody behind all who wait, and has it never been woken; the value says whether it has been. */
function standBehind(world: World, source: string): () => boolean {
  const worker = formatWorker(new Workshop(process.pid).newWorker());
  const ticket = `${world.state}/sources/${source}/queue/000000099.waits@${worker}`;
  writeFileSync(ticket, 'abc\n');
  utimesSync(ticket, 0, 0);
  return () => statSync(ticket).mtimeMs > 0;
}

test('the longest name of a source is not too long for any file', async (t) => {
  const source = 's'.repeat(100);
  const world = new World(t, {
    [source]: {type: 'sim', maximum: 1},
    p: {type: 'pool', sources: source},
  });
  for (const each of [source, 'p']) {
    const [name = ''] = await world.must('acquire', '-s', each);
    assert.is((await world.run(['run', name, 'echo', 'there'])).stdout, 'there\n');
    await world.must('release', name);
  }
  assert.equal(await world.must('fsck'), []);
});

test('who gives up waiting wakes the next one', async (t) => {
  const world = new World(t, {s: {type: 'sim', maximum: 2}});
  await world.must('acquire', '-s', 's');
  let isWoken = (): boolean => false;
  const step: Step = (name) => {
    if (name === 'queue:ticket-made') isWoken = standBehind(world, 's');
    else assert.not(isWoken());
  };
  const {status} = await world.here(['acquire', '-s', 's', '2', '--wait=1ms'], {step});
  assert.equal([status, isWoken()], [12, true]);
});

test('whose turn is over wakes the next one, before all that it has claimed is there', async (t) => {
  const world = new World(t, {s: {type: 'sim', maximum: 1}});
  await world.must('acquire', '-s', 's');
  let isWoken = (): boolean => true;
  let wasWoken: boolean | undefined;
  let queued = (): void => undefined;
  const isQueued = new Promise<void>((resolve) => (queued = resolve));
  const step: Step = (name) => {
    if (name === 'queue:ticket-made') {
      isWoken = standBehind(world, 's');
      queued();
    }
    if (name === 'acquire:claimed') wasWoken = isWoken();
  };
  const waiting = world.here(['acquire', '-s', 's', '--wait'], {step});
  await isQueued;
  assert.not(isWoken());
  await world.must('release', 's-0');
  assert.equal([(await waiting).status, wasWoken], [0, true]);
});
