// Many processes at once, on sources that have too little for all.

import * as assert from 'uvu/assert';
import {givenTwice, mostAtOnce, readLog, servedTickets} from './helpers/replay.js';
import type {Sandbox} from './helpers/sandbox.js';
import {suite} from './helpers/suite.js';
import {linesOf, World, type Settings} from './helpers/world.js';
import {namesIn, readFound} from './helpers/invariants.js';
import {Held, untilQueued} from './helpers/held.js';

const test = suite('races', {inMemory: true});

const clients = 60;
const maximum = 5;

interface Way {
  readonly sources: Readonly<Record<string, Settings>>;
  /** The sources that the clients ask, in turns. */
  readonly asked: readonly [string, ...string[]];
  /** The sources whose instances are all that there are. */
  readonly below: readonly string[];
}

const ways: Readonly<Record<string, Way>> = {
  'one source': {
    sources: {s: {type: 'sim', maximum}},
    asked: ['s'],
    below: ['s'],
  },
  'a pool over two sources': {
    sources: {
      a: {type: 'sim', maximum: 2},
      b: {type: 'sim', maximum: 3},
      p: {type: 'pool', sources: 'a, b'},
    },
    asked: ['p'],
    below: ['a', 'b'],
  },
  'two pools that share a source': {
    sources: {
      a: {type: 'sim', maximum},
      p: {type: 'pool', sources: 'a'},
      q: {type: 'pool', sources: 'a'},
    },
    asked: ['p', 'q'],
    below: ['a'],
  },
};

for (const [way, {sources, asked, below}] of Object.entries(ways)) {
  const askedBy = (index: number): string => asked[index % asked.length] ?? asked[0];

  const checkLimits = (world: World): void => {
    const logs = below.map((name) => readLog(world.state, name));
    for (const [index, log] of logs.entries()) {
      const limit = Number(sources[below[index] ?? '']?.['maximum']);
      assert.ok(mostAtOnce(log, 'in-use') <= limit, `at most ${String(limit)} in use`);
      assert.equal(givenTwice(log), []);
    }
    assert.equal(world.wrongs(), []);
  };

  test(
    `${way}: of ${String(clients)} processes ${String(maximum)} get one, the others status 12`,
    {
      timeLimitMs: 90_000,
    },
    async (t) => {
      const world = new World(t, sources);
      const results = await Promise.all(
        Array.from({length: clients}, (_, index) => world.run(['acquire', '-s', askedBy(index)])),
      );
      const names = results.flatMap(({stdout}) => linesOf(stdout));
      const refused = results.filter(({status}) => status === 12);
      assert.is(new Set(names).size, names.length, 'no name twice');
      assert.is(names.length, maximum, results.map(({stderr}) => stderr).join(''));
      assert.is(refused.length, clients - maximum);
      await world.settle();
      await world.must('gc');
      checkLimits(world);
    },
  );

  test(
    `${way}: with --wait all ${String(clients)} are served, in the order of their tickets`,
    {
      timeLimitMs: 150_000,
    },
    async (t) => {
      const world = new World(t, sources);
      const first = await holdAll(world, asked[0]);
      const served = Array.from({length: clients}, (_, index) => useForAWhile(t, askedBy(index)));
      const queued = Array.from({length: clients}, (_, index) => askedBy(index));
      for (const name of asked) {
        await untilQueued(world, name, queued.filter((each) => each === name).length);
      }
      const tickets = new Map(asked.map((name) => [name, ticketNumbers(world, name)]));
      const begins = new Map(asked.map((name) => [name, readLog(world.state, name).length]));
      await world.must('release', ...first);
      const results = await Promise.all(served);
      assert.equal(
        results.filter(({status}) => status !== 0),
        [],
      );
      for (const name of asked) {
        const waiting = queued.filter((each) => each === name).length;
        assert.is(tickets.get(name)?.length, waiting, `tickets of '${name}'`);
        assert.equal(
          servedTickets(readLog(world.state, name).slice(begins.get(name))),
          tickets.get(name),
          `tickets of '${name}'`,
        );
      }
      await world.settle();
      await world.must('gc');
      checkLimits(world);
    },
  );
}

/** The numbers of the requests in a source's queue, each once, in their order. */
function ticketNumbers({state}: World, source: string): number[] {
  const names = namesIn(`${state}/sources/${source}/queue`);
  return [...new Set(names.map((name) => Number.parseInt(name, 10)))];
}

/** Takes all that a source has, so that whoever comes next has to wait. */
async function holdAll(world: World, source: string): Promise<string[]> {
  return world.must('acquire', '-s', source, String(maximum));
}

/** A client that waits for an instance, works for a random time, and gives it back. */
function useForAWhile(t: Sandbox, source: string): ReturnType<Sandbox['run']> {
  const kilobytes = String(t.random.below(10_000));
  const script =
    'name=$(crcache acquire --wait -s "$0") && head -c "$1"k /dev/zero | cksum >/dev/null && crcache release "$name"';
  return t.run('sh', ['-c', script, source, kilobytes]);
}

test('without --wait nobody overtakes one who waits', async (t) => {
  const world = new World(t, {s: {type: 'sim', maximum: 2}});
  await world.must('acquire', '-s', 's');
  const waiter = world.run(['acquire', '-s', 's', '2', '--wait']);
  await untilQueued(world, 's', 1);
  const {status, stderr} = await world.run(['acquire', '-s', 's']);
  assert.is(status, 12);
  assert.match(stderr, '1 wait for one');
  await world.must('release', 's-0');
  assert.equal(linesOf((await waiter).stdout), ['s-0', 's-1']);
});

test('one who waits for a pool waits at its sources too, though nobody ever used them', async (t) => {
  const world = new World(t, {
    a: {type: 'sim', maximum: 1},
    b: {type: 'sim', maximum: 1},
    p: {type: 'pool', sources: 'a, b'},
  });
  await world.must('acquire', '-s', 'a');
  const {status, stderr} = await world.here(['acquire', '-s', 'p', '2', '--wait=1ms']);
  assert.is(status, 12, stderr);
});

for (const [when, ordinal] of [
  ['before it has all its tickets', 2],
  ['as it has its first one', 1],
] as const) {
  test(`two pools that share their sources wait for each other nowhere: one is held up ${when}`, async (t) => {
    const world = new World(t, {
      a: {type: 'sim', maximum: 1},
      b: {type: 'sim', maximum: 1},
      p: {type: 'pool', sources: 'a, b'},
      q: {type: 'pool', sources: 'b, a'},
      r: {type: 'pool', sources: 'a, b'},
    });
    await world.must('acquire', '-s', 'a');
    await world.must('acquire', '-s', 'b');
    const words = ['acquire', '2', '--wait=30', '-s'];
    const slow = new Held(world, [...words, 'p'], `queue:ticket-made:${String(ordinal)}`);
    await slow.untilStopped();
    const quick = world.run([...words, 'q']);
    await untilQueued(world, 'b', 1);
    const wasSlow = slow.goOn();
    for (const name of ['a', 'b']) await untilQueued(world, name, 2);
    const third = async (): Promise<string> => (await world.here(['acquire', '-s', 'r'])).stderr;
    assert.match(await third(), `cannot have 1 instance of 'r': its sources have none free\n`);
    await world.must('release', 'a-0');
    assert.match(await third(), "of 'r': others wait for what its sources have free\n");
    await world.must('release', 'b-0');
    const first = await Promise.race([quick, wasSlow]);
    assert.is(first.status, 0, first.stderr);
    await world.must('release', ...linesOf(first.stdout));
    for (const {status, stderr} of await Promise.all([quick, wasSlow])) {
      assert.is(status, 0, stderr);
    }
  });
}

test('a request for 3 is met whole or not at all, whoever else asks', async (t) => {
  const world = new World(t, {s: {type: 'sim', maximum: 8}});
  const results = await Promise.all(
    Array.from({length: 16}, () => world.run(['acquire', '-s', 's', '3'])),
  );
  const names = results.map(({stdout}) => linesOf(stdout));
  assert.equal(names.map(({length}) => length).sort(), [
    ...Array.from({length: 14}, () => 0),
    3,
    3,
  ]);
  assert.is(new Set(names.flat()).size, 6);
  const incarnations = readFound(world.state).map(({incarnation}) => incarnation);
  assert.is(new Set(incarnations).size, 6, 'each has an incarnation of its own');
  await world.settle();
  await world.must('gc');
  assert.equal(world.wrongs(), []);
});

for (const [name, source] of Object.entries({source: 'a', pool: 'p', 'pool over a pool': 'q'})) {
  test(`a count that a ${name} can never have is refused at once, even with --wait`, async (t) => {
    const world = new World(t, {
      a: {type: 'sim', maximum: 3},
      p: {type: 'pool', sources: 'a'},
      q: {type: 'pool', sources: 'p'},
    });
    const {status, stderr} = await world.here(['acquire', '-s', source, '4', '--wait']);
    assert.is(status, 12);
    assert.match(stderr, 'cannot ever have 4');
  });
}
