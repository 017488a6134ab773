// Processes that die, stop or are overtaken in the middle of something, and what others make of it.

import * as assert from 'uvu/assert';
import {readFileSync, rmSync, utimesSync, writeFileSync} from 'node:fs';
import {readText} from '../lib/files.js';
import {Held, stateOf, until} from './helpers/held.js';
import {listBackend, namesIn, readFound} from './helpers/invariants.js';
import {suite} from './helpers/suite.js';
import {World} from './helpers/world.js';

const test = suite('interrupted');

/** Each verb that a tool does, and the command that asks for it. */
const verbs: Readonly<Record<string, readonly string[]>> = {
  make: ['acquire', '-s', 's'],
  check: ['acquire', '-s', 's'],
  reset: ['release', 's-0'],
  discard: ['release', '-f', 's-0'],
};

for (const [verb, words] of Object.entries(verbs)) {
  test(`a tool at '${verb}' that goes on when its worker has died is ended before anything else`, async (t) => {
    const reserve = verb === 'discard' ? 0 : 1;
    const settings = {type: 'sim', maximum: 1, reserve, [`delay-${verb}`]: '1s'};
    const world = new World(t, {s: settings});
    if (verb === 'check') await world.must('provision-instance', '-s', 's');
    if (words[0] === 'release') await world.must('acquire', '-s', 's');
    let worker = 0;
    const dying = t.crcache(words, {onStart: ({pid}) => (worker = pid ?? 0)});
    const tool = (): number => noteOf(`${world.state}/sources/s/instances/s-0/workers`);
    await until(() => tool() > 0, 'the tool has noted itself');
    const pid = tool();
    // Its time is short, and a busy machine's is not.
    process.kill(-pid, 'SIGSTOP');
    process.kill(worker, 'SIGKILL');
    await dying;
    assert.is.not(stateOf(pid), '', 'the tool goes on');
    process.kill(-pid, 'SIGCONT');
    await world.must('gc');
    assert.is(stateOf(pid), '', 'the tool is gone');
    assert.equal(world.wrongs(), []);
    assert.is(listBackend(world.state).length, verb === 'discard' ? 0 : 1);
  });
}

/** The pid of a tool that has noted itself; 0 if none has. */
function noteOf(workers: string): number {
  const notes = namesIn(workers).flatMap((name) =>
    namesIn(`${workers}/${name}`).map((pid) => ({pid, path: `${workers}/${name}/${pid}`})),
  );
  return Number(notes.find(({path}) => readText(path)?.includes('\n'))?.pid ?? 0);
}

test('what one gc has taken over is left to it by another', async (t) => {
  const world = new World(t, {s: {type: 'sim', maximum: 2}});
  await world.run(['acquire', '-s', 's'], {CRCACHE_STOP_AT: 'kill:provision:made'});
  const first = await new Held(world, ['gc'], 'gc:taken-over').untilStopped();
  await world.must('gc');
  assert.is(readFound(world.state)[0]?.state, 'discarding');
  assert.is((await first.goOn()).status, 0);
  assert.equal(readFound(world.state), []);
  assert.equal(world.wrongs(), []);
});

for (const [what, settings] of Object.entries({kept: {reserve: 1}, discarded: {}})) {
  for (const [how, then] of Object.entries({'is wrong': '', dies: ',kill:release:renamed'})) {
    test(`while gc judged its lease an instance was ${what} and acquired anew; gc ${how}: it stays`, async (t) => {
      const world = new World(t, {s: {type: 'sim', maximum: 1, ...settings}});
      await world.must('acquire', '-s', 's', '--ttl', '1ms');
      const judge = await new Held(world, ['gc'], `release:judged${then}`).untilStopped();
      await world.must('release', 's-0');
      await world.must('acquire', '-s', 's');
      const [before] = readFound(world.state);
      await judge.goOn();
      await world.must('gc');
      assert.equal(readFound(world.state), [before]);
      assert.equal(world.wrongs(), []);
    });
  }
}

for (const [where, redirection] of Object.entries({closed: '>&-', full: '>/dev/full'})) {
  test(`names that cannot be written because stdout is ${where} are given back`, async (t) => {
    const world = new World(t, {s: {type: 'sim', maximum: 4}, p: {type: 'pool', sources: 's'}});
    const {status} = await t.run('sh', ['-c', `crcache acquire -s p 2 ${redirection}`]);
    assert.is(status, 1);
    await world.settle();
    assert.equal(readFound(world.state), []);
    await world.must('gc');
    assert.equal(world.wrongs(), []);
  });
}

test('names whose reader has gone are given back, with the status of a broken pipe', async (t) => {
  const world = new World(t, {s: {type: 'sim'}});
  const line =
    'mkfifo go; (read -r _ <go; crcache acquire -s s 2; echo "$?" >status) | (exec <&-; echo >go)';
  const {stderr} = await t.run('sh', ['-c', line]);
  assert.is(stderr, '');
  assert.is(readFileSync(`${t.dir}/status`, 'utf8'), '141\n');
  await world.settle();
  assert.equal(readFound(world.state), []);
});

test('gc removes what was half written long ago, and nothing younger', async (t) => {
  const world = new World(t, {s: {type: 'sim'}});
  await world.must('gc');
  const directory = `${world.state}/sources/s`;
  for (const name of ['old', 'young']) {
    for (const place of ['', 'queue/']) writeFileSync(`${directory}/${place}${name}.new`, '');
  }
  utimesSync(`${directory}/old.new`, 0, 0);
  utimesSync(`${directory}/queue/old.new`, 0, 0);
  await world.must('gc');
  const left = ['', 'queue'].map((place) => namesIn(`${directory}/${place}`));
  assert.equal(
    left.map((names) => names.filter((name) => name.endsWith('.new'))),
    [['young.new'], ['young.new']],
  );
});

test('an instance that another one stands on is not discarded under it, not even by force', async (t) => {
  const world = new World(t, {a: {type: 'sim'}, p: {type: 'pool', sources: 'a'}});
  await world.must('acquire', '-s', 'p');
  const {status, stderr} = await world.here(['discard-instance', '--force', 'a-0']);
  assert.is(status, 1);
  assert.match(stderr, "'a-0' is held by 'p-0', which stands on it");
  assert.equal(world.wrongs(), []);
});

test('a tool of a reset that its user asked for is ended when the instance is released', async (t) => {
  const settings = {type: 'sim', reserve: 1, 'delay-reset': '1s'};
  const world = new World(t, {s: settings});
  await world.must('acquire', '-s', 's');
  let worker = 0;
  const dying = t.crcache(['reset-instance', 's-0'], {onStart: ({pid}) => (worker = pid ?? 0)});
  const tool = (): number => noteOf(`${world.state}/sources/s/instances/s-0/workers`);
  await until(() => tool() > 0, 'the tool has noted itself');
  const pid = tool();
  process.kill(worker, 'SIGKILL');
  await dying;
  await world.must('release', 's-0');
  assert.is(stateOf(pid), '');
  assert.equal(namesIn(`${world.state}/sources/s/instances/s-0/workers`), []);
  assert.equal(world.wrongs(), []);
});

test('a gc whose directory is removed meanwhile does what is due', async (t) => {
  const world = new World(t, {s: {type: 'sim', reserve: 1, 'delay-reset': '1ms'}});
  await world.must('acquire', '-s', 's', '--ttl', '1ms');
  const place = t.write('gone/file', '').replace('/file', '');
  const crcache: World['t']['crcache'] = (words, options) =>
    t.crcache(words, {...options, cwd: place});
  const gc = new Held({t: {crcache}, env: world.env}, ['gc'], 'release:stopped');
  await gc.untilStopped();
  rmSync(place, {recursive: true});
  const {status, stderr} = await gc.goOn();
  assert.equal([status, stderr], [0, '']);
  assert.equal(await world.must('list-instances', '--format=%(state)'), ['cached']);
});
