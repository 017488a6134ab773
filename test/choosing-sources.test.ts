// Which sources a pool's instances are made from, where several ways lead to some of them: compared with what all choices
// there are would give, on small random forests of sources.

import * as assert from 'uvu/assert';
import {readFound, type Found} from './helpers/invariants.js';
import type {Random} from './helpers/random.js';
import {suite} from './helpers/suite.js';
import {World, type Settings} from './helpers/world.js';

const test = suite('choosing sources', {inMemory: true});

interface Pool {
  readonly name: string;
  readonly maximum: number;
  readonly below: readonly string[];
}

/** The sources from the bottom up; those that stand on none have nothing below them. */
type Forest = readonly Pool[];

function growForest({below: upTo}: Random): Forest {
  const forest: Pool[] = [];
  const bottoms = 2 + upTo(2);
  const all = bottoms + 2 + upTo(3);
  for (let index = 0; index < all; index++) {
    const isBottom = index < bottoms;
    const others = isBottom ? [] : forest.map(({name}) => name).sort(() => upTo(2) - 0.5);
    forest.push({
      name: `${isBottom ? 'b' : 'p'}${String.fromCharCode(97 + index)}`,
      maximum: isBottom ? 1 + upTo(2) : upTo(4),
      below: others.slice(0, 1 + upTo(index === all - 1 ? 3 : 2)),
    });
  }
  return forest;
}

function settingsOf({maximum, below}: Pool): Settings {
  return below.length === 0
    ? {type: 'sim', maximum}
    : {type: 'pool', sources: below.join(', '), maximum};
}

/** How many may still be taken at each point, by 'cached NAME' and 'new NAME'. */
type Room = ReadonlyMap<string, number>;

function roomOf(forest: Forest, found: readonly Found[]): Room {
  return new Map(
    forest.flatMap(({name, maximum}) => {
      const own = found.filter(({source}) => source === name);
      const cached = own.filter(({state}) => state === 'cached').length;
      return [
        [`cached ${name}`, cached],
        [`new ${name}`, maximum === 0 ? Infinity : maximum - own.length],
      ] as const;
    }),
  );
}

/** All ways to one instance of a source, by the points that each comes by. */
function waysTo(forest: Forest, name: string): string[][] {
  const below = forest.find((each) => each.name === name)?.below ?? [];
  const ways = below.length === 0 ? [[]] : below.flatMap((each) => waysTo(forest, each));
  return [[`cached ${name}`], ...ways.map((way) => [`new ${name}`, ...way])];
}

/** The fewest instances of bottom sources that have to be made for so many; undefined where they cannot be had. */
function fewestMade(
  room: Room,
  {
    ways,
    isMade,
    count,
  }: {ways: readonly string[][]; isMade: (way: string[]) => boolean; count: number},
): number | undefined {
  if (count === 0) return 0;
  const results = ways.flatMap((way, index) => {
    if (way.some((point) => (room.get(point) ?? 0) < 1)) return [];
    const rest = new Map(room);
    for (const point of way) rest.set(point, (rest.get(point) ?? 0) - 1);
    const others = fewestMade(rest, {ways: ways.slice(index), isMade, count: count - 1});
    return others === undefined ? [] : others + (isMade(way) ? 1 : 0);
  });
  return results.length === 0 ? undefined : Math.min(...results);
}

const forests = 60;

test('what can be had is had, and no more is made for it than must be', async (t) => {
  const {random} = t;
  for (let round = 0; round < forests; round++) {
    const forest = growForest(random);
    const world = new World(
      t,
      Object.fromEntries(forest.map((pool) => [pool.name, settingsOf(pool)])),
      `${t.dir}/${String(round)}`,
    );
    const names = forest.map(({name}) => name);
    const top = names.at(-1) ?? '';
    const isBottom = (name: string): boolean => name.startsWith('b');
    for (let step = random.below(5); step > 0; step--) {
      const command = random.pick(['acquire', 'provision-instance', 'provision-instance']);
      await world.here([command, '-s', names[random.below(names.length)] ?? top]);
    }
    const before = readFound(world.state);
    const room = roomOf(forest, before);
    const asked = {
      ways: waysTo(forest, top),
      isMade: (way: string[]) => way.at(-1)?.startsWith('new') ?? false,
    };
    const most =
      [4, 3, 2, 1].find((count) => fewestMade(room, {...asked, count}) !== undefined) ?? 0;
    const count = 1 + random.below(4);
    const told = JSON.stringify({
      forest,
      before: before.map(({name, state}) => [name, state]),
      count,
    });
    const wait = random.pick([[], ['--wait=20ms']]);
    const {status, stderr} = await world.here(['acquire', '-s', top, String(count), ...wait]);
    assert.is(status, count <= most ? 0 : 12, `${told}: ${stderr}`);
    const known = new Set(before.map(({incarnation}) => incarnation));
    const made = readFound(world.state).filter(
      ({source, incarnation}) => isBottom(source) && !known.has(incarnation),
    );
    if (status === 0) assert.is(made.length, fewestMade(room, {...asked, count}), told);
    else assert.equal(made, [], told);
  }
});
