// Death at every step: a process is killed there, and one gc makes all good again.

import * as assert from 'uvu/assert';
import {steps, type StepName} from '../../lib/steps.js';
import {readFound} from './invariants.js';
import type {Sandbox} from './sandbox.js';
import {kinds, room, scenarios, type Kind, type Scenario} from './scenarios.js';
import type {Test} from './suite.js';
import {World} from './world.js';

/** How many processes are killed side by side. */
const lanes = 3;

export interface Deaths {
  readonly kind: string;
  /** Steps that this kind of source does not come by. */
  readonly without: readonly StepName[];
  /** Whether each scenario is killed at each step that it comes by, or at those that none before it came by. */
  readonly scenarios: 'at each step' | 'at new steps';
  /** How many points more each scenario is killed at, chosen by chance. */
  readonly others: number;
}

/** A test for each scenario, and one that no step was forgotten. */
export function testDeaths(test: Test, deaths: Deaths): void {
  const {kind: kindName, without} = deaths;
  const kind = kinds[kindName];
  if (kind === undefined) throw new Error(`there is no kind '${kindName}'`);
  const killed = new Set<string>();
  let kills = 0;
  for (const [name, scenario] of Object.entries(scenarios)) {
    test(name, {timeLimitMs: 120_000}, async (t) => {
      const isKnown = (step: string): boolean =>
        deaths.scenarios === 'at new steps' && killed.has(step);
      const points = choose(t, await pointsOf(t, kind, scenario), {...deaths, isKnown});
      await inLanes(points, async (point, lane) => {
        const wrongs = await dieAt(worldOf(t, {kind, scenario, lane}), scenario, point);
        assert.equal(wrongs, [], `killed at ${point}`);
        killed.add(stepOf(point));
        kills++;
      });
    });
  }
  test('every step has been died at', (t) => {
    const expected = steps.filter((step) => !without.includes(step));
    const counts = [
      `steps found: ${String(expected.length)}`,
      `steps killed: ${String(killed.size)}`,
      `processes killed: ${String(kills)}`,
    ];
    t.note(`death at every step, ${kindName}: ${counts.join(', ')}`);
    assert.equal(
      expected.filter((step) => !killed.has(step)),
      [],
    );
  });
}

/** The first point of each step that is not known, and some of the others. */
function choose(
  t: Sandbox,
  points: readonly string[],
  {others, isKnown}: {readonly others: number; readonly isKnown: (step: string) => boolean},
): string[] {
  const isFirst = (point: string): boolean => point.endsWith(':1') && !isKnown(stepOf(point));
  const rest = points.filter((point) => !isFirst(point));
  while (rest.length > others) rest.splice(t.random.below(rest.length), 1);
  return [...points.filter(isFirst), ...rest];
}

function stepOf(point: string): string {
  return point.replace(/:[0-9]+$/, '');
}

interface Setting {
  readonly kind: Kind;
  readonly scenario: Scenario;
  readonly lane: number;
}

function worldOf(t: Sandbox, {kind, scenario, lane}: Setting): World {
  const world = new World(t, kind(scenario.settings ?? {}), `${t.dir}/${String(lane)}`);
  world.clear();
  return world;
}

/** The steps that a scenario comes by, each with its ordinal, as CRCACHE_STOP_AT wants them. */
async function pointsOf(t: Sandbox, kind: Kind, scenario: Scenario): Promise<string[]> {
  const world = worldOf(t, {kind, scenario, lane: 0});
  await prepare(world, scenario);
  const counts = new Map<StepName, number>();
  const points: string[] = [];
  const run = world.here(scenario.words, (step) => {
    const ordinal = (counts.get(step) ?? 0) + 1;
    counts.set(step, ordinal);
    points.push(`${step}:${String(ordinal)}`);
  });
  await scenario.meanwhile?.(world);
  const {status, stderr} = await run;
  assert.is(status, 0, stderr);
  return scenario.steps?.map((step) => `${step}:1`) ?? points;
}

async function prepare(world: World, scenario: Scenario): Promise<void> {
  assert.equal(await world.must('acquire', '-s', 's'), ['s-0']);
  await scenario.prepare?.(world);
}

/** What is wrong after a process died at a point and one gc has run. */
async function dieAt(world: World, scenario: Scenario, point: string): Promise<string[]> {
  await prepare(world, scenario);
  const heldBefore = held(world);
  const dying = world.run(scenario.words, {CRCACHE_STOP_AT: `kill:${point}`});
  await scenario.meanwhile?.(world);
  const death = await dying;
  if (death.signal !== 'SIGKILL') return [`not killed: status ${String(death.status)}`];
  const {status, stderr} = await world.here(['gc']);
  if (status !== 0 || stderr !== '') return [`gc: status ${String(status)}: ${stderr}`];
  if (held(world) !== heldBefore) return [`s-0 was ${heldBefore}, and is ${held(world)}`];
  return [...world.wrongs(), ...(await lostRoom(world))];
}

/** Who holds s-0, which nobody may touch. */
function held(world: World): string {
  const found = readFound(world.state).find(({name}) => name === 's-0');
  return `${found?.state ?? 'gone'} ${found?.incarnation ?? ''} ${found?.lease?.['id'] ?? ''}`;
}

/** All that the source has room for can be had, and given back. */
async function lostRoom(world: World): Promise<string[]> {
  const inUse = readFound(world.state).filter(
    ({source, state}) => source === 's' && state === 'in-use',
  );
  await world.must('drain-source', 's', '--off');
  const more = String(room - inUse.length);
  if (more !== '0') {
    const {status, stderr} = await world.here(['acquire', '-s', 's', more]);
    if (status !== 0) return [`no room for ${more} more: ${stderr}`];
  }
  await world.must('release', '--all');
  await world.must('gc');
  return world.wrongs();
}

async function inLanes<Item>(
  items: readonly Item[],
  each: (item: Item, lane: number) => Promise<void>,
): Promise<void> {
  const waiting = [...items];
  const work = async (lane: number): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      await each(item, lane);
    }
  };
  await Promise.all(Array.from({length: lanes}, (_, lane) => work(lane + 1)));
}
