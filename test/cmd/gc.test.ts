import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import * as assert from 'uvu/assert';
import {formatWorker, Workshop} from '../../lib/store/worker.js';
import {configure, succeed} from '../helpers/configured.js';
import {Held, until} from '../helpers/held.js';
import {listBackend, namesIn, readFound} from '../helpers/invariants.js';
import {ownSeconds, processesWith} from '../helpers/sleepers.js';
import {suite} from '../helpers/suite.js';
import {World, type Settings} from '../helpers/world.js';

const test = suite('gc', {inMemory: true});

const minuteMs = 60_000;

const instancesIn = (world: World): string[] =>
  readFound(world.state).map(({name, state}) => `${name} ${state}`);

const incarnationsIn = (world: World): string[] =>
  readFound(world.state).map(({incarnation}) => incarnation);

test('discards what is too old, and no acquire gives it out before', async (t) => {
  const world = new World(t, {s: {type: 'sim', reserve: 3, 'max-age': '1h'}});
  await world.must('gc');
  const old = incarnationsIn(world);
  world.aheadMs = 59 * minuteMs;
  assert.match(
    (await world.must('explain', 's-2')).at(-1) ?? '',
    /^next: the next acquire may take it; if it is cached in .*, crcache gc discards it: max-age is reached$/,
  );
  assert.equal(await world.must('gc'), []);
  world.aheadMs = 61 * minuteMs;
  assert.match(
    (await world.must('explain', 's')).join('\n'),
    "gc would: discard 's-2': max-age is reached",
  );
  await world.must('acquire', '-s', 's');
  assert.equal(
    incarnationsIn(world).filter((each) => old.includes(each)),
    [],
  );
  assert.equal(await world.must('gc'), ["provision 2 of 's': its reserve is 3"]);
  world.aheadMs *= 2;
  assert.equal(await world.must('gc'), [
    "discard 's-2': max-age is reached",
    "discard 's-1': max-age is reached",
    "provision 2 of 's': its reserve is 3",
  ]);
});

test('what stands on something too old, or of a drained source, is too old, or drained, itself', async (t) => {
  const world = new World(t, {a: {type: 'sim'}, p: {type: 'pool', sources: 'a', reserve: 2}});
  await world.must('provision-instance', '-s', 'p', '2');
  const before = incarnationsIn(world);
  world.configure('a', {'max-age': '1h'});
  world.aheadMs = 61 * minuteMs;
  assert.equal(await world.must('acquire', '-s', 'p'), ['p-0']);
  assert.equal(
    incarnationsIn(world).filter((each) => before.includes(each)),
    [],
  );
  await world.must('release', 'p-0');
  await world.must('drain-source', 'a');
  assert.equal(await world.must('gc'), [
    "discard 'p-0': its source is drained: 'a-0', which it stands on",
  ]);
  assert.equal(instancesIn(world), []);
});

test('what was used as often as max-uses says goes at its release, or where that is lowered', async (t) => {
  const world = new World(t, {s: {type: 'sim', reserve: 1, 'max-uses': 2}});
  const use = async (): Promise<string[]> => {
    await world.must('acquire', '-s', 's');
    await world.must('release', 's-0');
    return instancesIn(world);
  };
  assert.equal(await use(), ['s-0 cached']);
  assert.equal(await use(), []);
  assert.equal(await use(), ['s-0 cached']);
  world.configure('s', {'max-uses': 1});
  const used = incarnationsIn(world);
  assert.equal(await world.must('gc', '--dry-run'), [
    "discard 's-0': max-uses is reached",
    "provision 1 of 's': its reserve is 1",
  ]);
  await world.must('acquire', '-s', 's');
  assert.is.not(incarnationsIn(world)[0], used[0]);
});

test('above the reserve, discards the last ones, when they have been idle for long enough', async (t) => {
  const world = new World(t, {s: {type: 'sim', reserve: 1}});
  await world.must('provision-instance', '-s', 's', '3');
  world.aheadMs = 59 * minuteMs;
  assert.equal(await world.must('gc'), []);
  world.configure('s', {idle: '90m'});
  world.aheadMs = 89 * minuteMs;
  assert.equal(await world.must('gc'), []);
  world.aheadMs = 91 * minuteMs;
  assert.equal(await world.must('gc'), [
    "discard 's-2': the source holds more than it keeps",
    "discard 's-1': the source holds more than it keeps",
  ]);
  assert.equal(instancesIn(world), ['s-0 cached']);
});

const a = {type: 'sim', maximum: 1};

/** What leaves something to one gc. The sources, and the lines of the gc that does it. */
const leavings: Readonly<
  Record<
    string,
    {sources: Record<string, Settings>; leave: (world: World) => Promise<unknown>; lines: string[]}
  >
> = {
  'a lease that ran out, below a pool with a reserve': {
    sources: {a, p: {type: 'pool', sources: 'a', reserve: 1}},
    leave: (world) => world.must('acquire', '-s', 'a', '--ttl', '1h'),
    lines: ["release 'a-0': its lease ended", "provision 1 of 'p': its reserve is 1"],
  },
  'a lease that ran out in one of two pools': {
    sources: {a, p: {type: 'pool', sources: 'a', reserve: 1}, q: {type: 'pool', sources: 'a'}},
    leave: (world) => world.must('acquire', '-s', 'q', '--ttl', '1h'),
    lines: ["release 'q-0': its lease ended", "provision 1 of 'p': its reserve is 1"],
  },
  'a process that died in a pool below a pool with a reserve': {
    sources: {
      a,
      p: {type: 'pool', sources: 'a'},
      q: {type: 'pool', sources: 'p', reserve: 1},
    },
    leave: async (world) => {
      const held = new Held(world, ['acquire', '-s', 'p'], 'allocate:checked');
      await (await held.untilStopped()).kill();
    },
    lines: [
      'take over provisioning/p-0@…, whose process is gone',
      'give back what request 1 took, whose process is gone',
      'take over allocating/a-0@…, whose process is gone',
      'give back what request 1 took, whose process is gone',
      "provision 1 of 'q': its reserve is 1",
    ],
  },
  'what is too old': {
    sources: {a: {...a, reserve: 1, 'max-age': '1h'}},
    leave: (world) => world.must('gc'),
    lines: ["discard 'a-0': max-age is reached", "provision 1 of 'a': its reserve is 1"],
  },
  'a pool on something too old': {
    sources: {a: {...a, 'max-age': '1h'}, p: {type: 'pool', sources: 'a', reserve: 1}},
    leave: (world) => world.must('gc'),
    lines: [
      "discard 'p-0': max-age is reached: 'a-0', which it stands on",
      "provision 1 of 'p': its reserve is 1",
    ],
  },
  'a reserve on one that is to be filled as well, over several ways': {
    sources: {
      a: {...a, maximum: 3, reserve: 3},
      p: {type: 'pool', sources: 'a', reserve: 2},
      q: {type: 'pool', sources: 'p, a', reserve: 1},
    },
    leave: () => Promise.resolve(),
    lines: [
      "provision 1 of 'q': its reserve is 1",
      "provision 1 of 'p': its reserve is 2",
      "provision 1 of 'a': its reserve is 3",
    ],
  },
  'a reserve on what goes with all that it stands on': {
    sources: {
      a,
      b: a,
      q: {type: 'pool', sources: 'b, a'},
      t: {type: 'pool', sources: 'q', reserve: 1},
    },
    leave: async (world) => {
      await world.must('acquire', '-s', 'q');
      await world.must('gc');
      await world.must('drain-source', 'a');
    },
    lines: ["discard 't-0': its source is drained: 'a-0', which it stands on"],
  },
  'a reserve of each of two pools, and room for one': {
    sources: {
      a: {...a, reserve: 1},
      p: {type: 'pool', sources: 'a', reserve: 1},
      q: {type: 'pool', sources: 'a', reserve: 1},
    },
    leave: () => Promise.resolve(),
    lines: ["provision 1 of 'p': its reserve is 1"],
  },
};

for (const [what, {sources, leave, lines}] of Object.entries(leavings)) {
  test(`${what} leaves nothing to a second gc, and --dry-run says the same`, async (t) => {
    const world = new World(t, sources);
    await leave(world);
    world.aheadMs = 61 * minuteMs;
    const plain = (line: string): string => line.replace(/@.*…/, '@…').replace(/ at 20.*Z$/, '');
    assert.equal((await world.must('gc', '--dry-run')).map(plain), lines);
    assert.equal((await world.must('gc')).map(plain), lines);
    assert.equal(await world.must('gc'), []);
    assert.equal(world.wrongs(), []);
  });
}

test('what is broken is no part of the reserve, neither for gc nor for a release', async (t) => {
  const world = new World(t, {s: {type: 'sim', reserve: 2, maximum: 4}});
  const hooks = `${world.root}/config/sources/s/discard.d`;
  mkdirSync(hooks);
  writeFileSync(`${hooks}/10-save`, '#!/bin/sh\ntest "$1" != s-0\n', {mode: 0o755});
  await world.must('gc');
  assert.is((await world.here(['discard-instance', 's-0'])).status, 13);
  assert.equal(instancesIn(world), ['s-0 broken', 's-1 cached']);
  assert.match(
    (await world.must('explain', 's')).join('\n'),
    "gc would: provision 1 of 's': its reserve is 2",
  );
  assert.equal(await world.must('gc'), ["provision 1 of 's': its reserve is 2"]);
  await world.must('acquire', '-s', 's', '2');
  await world.must('release', 's-1', 's-2');
  assert.equal(await world.must('gc'), []);
  assert.equal(instancesIn(world), ['s-0 broken', 's-1 cached', 's-2 cached']);
  // It takes a place of the maximum all the same, and gc does not try to have what has none.
  world.configure('s', {reserve: 4});
  assert.equal(await world.must('gc'), ["provision 1 of 's': its reserve is 4"]);
  assert.equal(await world.must('gc'), []);
});

test('of a changed configuration nothing is kept, and the reserve is filled with what is new', async (t) => {
  const world = new World(t, {s: {type: 'sim', reserve: 1}});
  await world.must('gc');
  world.configure('s', {concurrency: 7});
  const due = [
    "discard 's-0': its configuration has changed since it was made",
    "provision 1 of 's': its reserve is 1",
  ];
  assert.equal(await world.must('gc', '--dry-run'), due);
  assert.equal(instancesIn(world), ['s-0 cached']);
  assert.equal(await world.must('gc'), due);
  assert.equal(await world.must('gc'), []);
});

test('what nobody should get any more is seen by the way, also among many', async (t) => {
  configure(t, 's', 'type=sim', 'reserve=51');
  await succeed(t, 'provision-instance -s s 52');
  await succeed(t, 'acquire -s s');
  configure(t, 's', 'type=sim', 'reserve=51', 'concurrency=7');
  t.env['CRCACHE_TRACE'] = '1';
  const {stderr} = await t.crcache(['release', 's-0']);
  assert.match(stderr, "something is due in 's': gc --auto");
});

test('why one could not be made in the background stays in the log, and explain tells of the last one', async (t) => {
  const world = new World(t, {s: {type: 'sim', reserve: 1, 'fail-make': 1}});
  const {status, stderr} = await world.here(['gc']);
  assert.is(status, 1);
  const [, why = '?'] = /cannot provision 's-0': (.*)\n/.exec(stderr) ?? [];
  const told = `it could not be provisioned: ${why}`;
  assert.match((await world.must('log', 's')).join('\n'), told);
  assert.match((await world.must('explain', 's')).join('\n'), `last failure: 's-0': ${told} (at `);
  world.configure('s', {'fail-make': 0});
  await world.must('gc');
  assert.not.match((await world.must('explain', 's')).join('\n'), 'last failure');
});

test('a reserve that the sources of a pool cannot back is filled as far as they can, without a word', async (t) => {
  const world = new World(t, {
    a: {type: 'sim', maximum: 2},
    p: {type: 'pool', sources: 'a', reserve: 2},
  });
  await world.must('acquire', '-s', 'a');
  assert.equal(await world.here(['gc']), {
    status: 0,
    stdout: "provision 1 of 'p': its reserve is 2\n",
    stderr: '',
  });
  assert.equal(await world.here(['gc']), {status: 0, stdout: '', stderr: ''});
});

test('what the backend kept against its word is discarded; a listing that fails discards nothing', async (t) => {
  const world = new World(t, {s: {type: 'sim', keep: 1}});
  await world.must('acquire', '-s', 's');
  await world.must('release', 's-0');
  assert.is(listBackend(world.state).length, 1);
  world.configure('s', {keep: 0, 'fail-list': 1});
  const failed = await world.here(['gc']);
  assert.is(failed.status, 1);
  assert.match(
    failed.stderr,
    /^crcache: source 's': it cannot be listed, so nothing unknown of it is discarded: /,
  );
  assert.is(listBackend(world.state).length, 1);
  world.configure('s', {'fail-list': 0});
  assert.match((await world.must('gc')).join('\n'), /^discard 's-0'.*$/);
  assert.equal(listBackend(world.state), []);
});

test('what the backend has lost is not given out: the next one is', async (t) => {
  const world = new World(t, {s: {type: 'sim', reserve: 2}});
  await world.must('gc');
  const [lost = ''] = listBackend(world.state);
  rmSync(`${world.root}/crcache-sim/${namesIn(`${world.root}/crcache-sim`)[0] ?? ''}/${lost}`, {
    recursive: true,
  });
  assert.equal(await world.must('acquire', '-s', 's'), ['s-1']);
  assert.equal(instancesIn(world), ['s-1 in-use']);
  world.configure('s', {lose: 1});
  const {status, stderr} = await world.here(['acquire', '-s', 's']);
  assert.is(status, 1);
  assert.match(stderr, "cannot provision 's-0': it is dead");
  assert.equal(instancesIn(world), ['s-1 in-use']);
});

test('sets a large log aside, which still tells of what it had, and keeps the last hundred of other records', async (t) => {
  const world = new World(t, {s: {type: 'sim', reserve: 1}});
  await world.must('acquire', '-s', 's');
  await world.must('release', 's-0');
  const directory = `${world.state}/sources/s`;
  const before = readFileSync(`${directory}/log`, 'utf8');
  truncateSync(`${directory}/log`, 8 * 1024 * 1024 + 1);
  mkdirSync(`${directory}/failed`, {recursive: true});
  for (let index = 0; index < 103; index++) {
    // The oldest are not the first by name.
    const file = `${directory}/failed/s-${String(1000 - index)}.abc`;
    writeFileSync(file, '');
    utimesSync(file, index, index);
  }
  const runs = `${directory}/instances/s-0/runs`;
  for (let number = 1; number <= 103; number++) {
    // The second one still runs.
    mkdirSync(`${runs}/${String(number)}`, {recursive: true});
    if (number !== 2) writeFileSync(`${runs}/${String(number)}/ended`, '');
    utimesSync(`${runs}/${String(number)}`, number, number);
  }
  await world.must('gc');
  assert.equal(
    [namesIn(runs).length, ...['1', '2', '3', '4'].map((each) => existsSync(`${runs}/${each}`))],
    [101, false, true, false, true],
  );
  assert.is(statSync(`${directory}/log.1`).size, 8 * 1024 * 1024 + 1);
  assert.ok(readFileSync(`${directory}/log.1`, 'utf8').startsWith(before));
  const kept = namesIn(`${directory}/failed`);
  assert.is(kept.length, 100);
  assert.ok(kept.includes('s-898.abc') && !kept.includes('s-1000.abc'));
  assert.equal(await world.here(['release', 's-0']), {
    status: 0,
    stdout: '',
    stderr: "crcache: 's-0' is not in use\n",
  });
});

test('--auto leaves the work to one that is at it, to one that nobody can judge for minutes, and to no dead one', async (t) => {
  const world = new World(t, {s: {type: 'sim', reserve: 1}});
  await world.must('list-sources');
  mkdirSync(world.state, {recursive: true, mode: 0o700});
  const worker = new Workshop(process.pid).newWorker();
  writeFileSync(`${world.state}/gc`, `${formatWorker(worker)}\n`);
  assert.equal(await world.here(['gc', '--auto']), {status: 0, stdout: '', stderr: ''});
  assert.equal(instancesIn(world), []);
  writeFileSync(`${world.state}/gc`, `${formatWorker({...worker, start: '1'})}\n`);
  await world.must('gc', '--auto');
  assert.equal(instancesIn(world), ['s-0 cached']);
  const elsewhere = formatWorker({...worker, host: 'elsewhere'});
  writeFileSync(`${world.state}/gc`, `${elsewhere}\n`, {mode: 0o600});
  await world.must('discard-instance', 's-0');
  world.aheadMs = 9 * minuteMs;
  await world.must('gc', '--auto');
  assert.equal(instancesIn(world), []);
  assert.match(
    (await world.must('fsck', '-v')).join('\n'),
    /\/gc: process [0-9]+ on elsewhere does what is due, which cannot be judged from here/,
  );
  world.aheadMs = 11 * minuteMs;
  await world.must('gc', '--auto');
  assert.equal(instancesIn(world), ['s-0 cached']);
  assert.equal(
    namesIn(world.state).filter((name) => name === 'gc'),
    [],
  );
});

test('an acquire starts gc by itself where one of very many leases has run out, three sources below', async (t) => {
  const world = new World(t, {
    s: {type: 'sim'},
    q: {type: 'pool', sources: 's'},
    p: {type: 'pool', sources: 'q'},
  });
  const names = await world.must('acquire', '-s', 's', '51');
  for (const name of names) {
    appendFileSync(
      `${world.state}/sources/s/instances/${name}/lease`,
      'until=2020-01-01T00:00:00Z\n',
    );
  }
  const {status, stderr} = await world.run(['acquire', '-s', 'p']);
  assert.equal([status, stderr], [0, '']);
  await world.settle();
  assert.equal(instancesIn(world), ['p-0 in-use', 'q-0 in-use', 's-51 in-use']);
});

test('a release starts gc by itself where the log is large', async (t) => {
  const world = new World(t, {s: {type: 'sim', reserve: 1}});
  await world.must('acquire', '-s', 's');
  const log = `${world.state}/sources/s/log`;
  truncateSync(log, 8 * 1024 * 1024 + 1);
  await world.run(['release', 's-0']);
  await world.settle();
  assert.ok(statSync(`${log}.1`).size > 8 * 1024 * 1024);
});

test('a log that is larger than any text stops no command', async (t) => {
  const world = new World(t, {s: {type: 'sim', reserve: 1}});
  await world.must('acquire', '-s', 's');
  const log = `${world.state}/sources/s/log`;
  const known = readFileSync(log, 'utf8').split('\n').length - 1;
  truncateSync(log, 513 * 1024 * 1024);
  const {status, stdout} = await world.here(['fsck']);
  assert.is(status, 14);
  assert.match(stdout, `/s/log: line ${String(known + 1)} is not that of a transition\n`);
  assert.is((await world.here(['log', 's-9'])).status, 10);
  assert.is((await world.must('log', 's-0')).length, known);
  // No shorter one is to be moved here.
  truncateSync(log, 2 * 1024 * 1024);
  assert.match((await world.must('fsck', '--repair')).join('\n'), /^mended: .*\/s\/log: line/);
  assert.equal(await world.must('fsck'), []);
  assert.is((await world.must('log', 's-0')).length, known);
});

for (const [what, settings] of Object.entries({
  'too old': {'max-age': '0.001s'},
  'above the reserve': {reserve: 1},
  'of a changed configuration': {concurrency: 7},
})) {
  test(`a release starts gc by itself where a cached instance is ${what}`, async (t) => {
    const world = new World(t, {s: {type: 'sim', reserve: 3, idle: '0'}});
    await world.must('provision-instance', '-s', 's', '3');
    await world.must('acquire', '-s', 's');
    const before = readFound(world.state).find(({name}) => name === 's-2')?.incarnation;
    world.configure('s', settings);
    const {status, stderr} = await world.run(['release', 's-0']);
    assert.equal([status, stderr], [0, '']);
    await world.settle();
    const after = readFound(world.state).find(({name}) => name === 's-2')?.incarnation;
    assert.is.not(after, before);
  });
}

for (const [what, path, hint] of [
  ['a file in its place', '', ''],
  ['a file in the place of its configurations', '/configs', 'hint: crcache fsck\n'],
  ['a directory in the place of its origin', '/origin', 'hint: crcache fsck\n'],
  ['a file in the place of its lock', '/lock', 'hint: crcache fsck --repair\n'],
] as const) {
  test(`a source with ${what} keeps gc from no other one, and is a failure`, async (t) => {
    const world = new World(t, {a: {type: 'sim'}, z: {type: 'sim'}});
    await world.must('provision-instance', '-s', 'a');
    for (const name of ['a', 'z']) world.configure(name, {reserve: 1});
    rmSync(`${world.state}/sources/a${path}`, {recursive: true, force: true});
    if (path === '/origin') mkdirSync(`${world.state}/sources/a${path}`);
    else writeFileSync(`${world.state}/sources/a${path}`, '');
    const {status, stdout, stderr} = await world.here(['gc']);
    assert.equal([status, stdout], [1, "provision 1 of 'z': its reserve is 1\n"], stderr);
    assert.match(stderr, new RegExp(`^(crcache: source 'a': .+\n${hint})+$`));
  });
}

test('fails where something could not be made or discarded', async (t) => {
  const world = new World(t, {s: {type: 'sim', reserve: 1, 'fail-make': 1}});
  const failed = await world.here(['gc']);
  assert.is(failed.status, 1);
  assert.match(failed.stderr, "provision 1 of 's': its reserve is 1: cannot provision 's-0'");
  world.configure('s', {'fail-make': 0, 'fail-discard': 1});
  await world.must('gc');
  world.configure('s', {reserve: 0, idle: '0s'});
  world.aheadMs = 10 * 3_600_000;
  const kept = await world.here(['gc']);
  assert.is(kept.status, 1, kept.stderr);
  assert.match(kept.stderr, "discard 's-0': ");
});

test('leaves alone what a symlink leads to whose record is lost', async (t) => {
  const world = new World(t, {s: {type: 'sim'}});
  await world.must('acquire', '-s', 's');
  rmSync(`${world.state}/sources/s/instances/s-0`, {recursive: true});
  await world.here(['gc']);
  assert.is(listBackend(world.state).length, 1);
});

test('counts the uses of an instance anew where rubbish stands for them', async (t) => {
  const world = new World(t, {s: {type: 'sim', reserve: 1}});
  await world.must('provision-instance', '-s', 's');
  const uses = `${world.state}/sources/s/instances/s-0/uses`;
  writeFileSync(uses, 'rubbish\n');
  await world.must('acquire', '-s', 's');
  assert.is(readFileSync(uses, 'utf8'), '1\n');
});

test('removes the notes of commands that are gone, and a release still ends what those have started', async (t) => {
  const world = new World(t, {s: {type: 'sim'}});
  await world.must('acquire', '-s', 's');
  const mark = ownSeconds(t);
  const code = `setsid sleep ${mark} >/dev/null 2>&1 &`;
  for (let round = 0; round < 2; round++) await t.crcache(['run', 's-0', 'sh', '-c', code]);
  const running = `${world.state}/sources/s/instances/s-0/running`;
  assert.is(namesIn(running).length, 2);
  // The one that calls it still runs.
  const {stdout} = await t.crcache(['run', 's-0', 'sh', '-c', 'echo $$; crcache gc']);
  assert.equal(namesIn(running).sort(), [stdout.trim(), 'gone']);
  await world.must('release', 's-0');
  assert.equal(processesWith(mark), []);
});

test('in the background it knows the state, the configuration and the project by paths that are not absolute', async (t) => {
  t.write('project/.crcache/sources/p/source.conf', '[DEFAULT]\ntype=sim\nreserve=2\n');
  t.write('project/config/sources/c/source.conf', '[DEFAULT]\ntype=sim\nreserve=2\n');
  const cwd = `${t.dir}/project`;
  Object.assign(t.env, {CRCACHE_DIR: 'state', CRCACHE_CONFIG: 'config'});
  for (const source of ['p', 'c']) {
    await t.run('sh', ['-c', 'crcache acquire -s "$0"', source], {cwd});
    const cached = `${cwd}/state/sources/${source}/cached`;
    await until(() => namesIn(cached).length > 0, `the reserve of '${source}' is filled`);
  }
  await t.run('crcache', ['release', '--all', '-f'], {cwd});
});

test('--auto is the same gc: it does nothing with --dry-run, and nothing elsewhere with -s', async (t) => {
  const world = new World(t, {a: {type: 'sim', reserve: 1}, b: {type: 'sim', reserve: 1}});
  assert.equal(await world.must('gc', '--auto', '--dry-run'), [
    "provision 1 of 'a': its reserve is 1",
    "provision 1 of 'b': its reserve is 1",
  ]);
  assert.equal(instancesIn(world), []);
  assert.equal(await world.must('-s', 'b', 'gc', '--auto'), [
    "provision 1 of 'b': its reserve is 1",
  ]);
  assert.equal(instancesIn(world), ['b-0 cached']);
});
