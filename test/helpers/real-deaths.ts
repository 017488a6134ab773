// Death where instances are real: a process is killed where a type's own work begins or is done, at its steps and at the
// tools that it starts, and one gc makes all good again.
//
// Of all points of all scenarios as many are tried as there is time for: each step once, the others as chance has them.

import * as assert from 'uvu/assert';
import type {StepName} from '../../lib/steps.js';
import {kinds} from '../lib/source/contract/kinds.js';
import {dyingAtTool, toolsStarted} from './dying-tools.js';
import {RealPlace, type PlaceOptions} from './real-place.js';
import {realScenarios, stepsOfTypes} from './real-scenarios.js';
import type {Sandbox} from './sandbox.js';
import type {Test} from './suite.js';

export interface RealDeaths extends PlaceOptions {
  readonly kind: string;
  /** The scenarios that it cannot play. */
  readonly without?: readonly string[];
  /** How many points are tried. */
  readonly tries: number;
}

interface Point {
  readonly scenario: string;
  /** A step, or a tool's program. */
  readonly what: string;
  readonly isTool: boolean;
  /** Which of them in its scenario, counted from 1; of tools, among all. */
  readonly ordinal: number;
}

export function testRealDeaths(test: Test, deaths: RealDeaths): void {
  const {kind: name, without = [], tries} = deaths;
  test(name, {timeLimitMs: 240_000}, async (t) => {
    const kind = kinds.find((each) => each.name === name);
    if (kind === undefined) throw new Error(`there is no kind '${name}'`);
    const place = await RealPlace.make(t, kind, deaths);
    const points: Point[] = [];
    for (const scenario of Object.keys(realScenarios).filter((each) => !without.includes(each)))
      points.push(...(await findPoints(t, place, scenario)));
    const chosen = choose(t, points, tries);
    const seed = `CRCACHE_TEST_SEED=${String(t.random.seed)}`;
    let killed = 0;
    for (const point of chosen) {
      const told = await dieAt(t, place, point);
      killed += told.wasKilled ? 1 : 0;
      assert.equal(told.wrongs, [], told.point + seed);
    }
    // A gc in the background comes before that of a scenario.
    assert.ok(
      killed > chosen.length / 2,
      `${String(killed)} of ${String(chosen.length)} were killed`,
    );
    const kindsOf = (all: readonly Point[]): string => {
      const [steps, tools] = [all.filter(({isTool}) => !isTool), all.filter(({isTool}) => isTool)];
      return `${String(new Set(steps.map(({what}) => what)).size)} steps at ${String(steps.length)} points, ${String(tools.length)} tools`;
    };
    t.note(
      `death of ${name}: found: ${kindsOf(points)}; tried: ${kindsOf(chosen)}; processes killed: ${String(killed)}; ${seed}`,
    );
  });
}

/** What a scenario comes by when nobody is killed. */
async function findPoints(t: Sandbox, place: RealPlace, name: string): Promise<Point[]> {
  const counts = new Map<StepName, number>();
  const points: Point[] = [];
  const step = (what: StepName): void => {
    const ordinal = (counts.get(what) ?? 0) + 1;
    counts.set(what, ordinal);
    if (stepsOfTypes.includes(what)) points.push({scenario: name, what, isTool: false, ordinal});
  };
  await place.play(scenarioOf(name), {env: dyingAtTool(t), step});
  const tools = toolsStarted(t).map((what, index) => {
    return {scenario: name, what, isTool: true, ordinal: index + 1};
  });
  return [...points, ...tools];
}

/** Tools by chance, and as many steps, each of them at one point before any is at a second one. */
function choose(t: Sandbox, points: readonly Point[], count: number): Point[] {
  const rest = [...points];
  const shuffled = points.flatMap(() => rest.splice(t.random.below(rest.length), 1));
  const isFirst = ({what}: Point, index: number): boolean =>
    shuffled.findIndex((each) => each.what === what) === index;
  const steps = [...shuffled.filter(isFirst), ...shuffled].filter(({isTool}) => !isTool);
  const tools = shuffled.filter(({isTool}) => isTool).slice(0, count / 2);
  return [...tools, ...[...new Set(steps)].slice(0, count - tools.length)];
}

interface Told {
  readonly point: string;
  readonly wasKilled: boolean;
  readonly wrongs: readonly string[];
}

async function dieAt(t: Sandbox, place: RealPlace, point: Point): Promise<Told> {
  const {scenario: name, what, isTool, ordinal} = point;
  const scenario = scenarioOf(name);
  const when = t.random.pick(['begun', 'done'] as const);
  const seconds = (t.random.fraction() * 0.1).toFixed(3);
  const env = isTool
    ? dyingAtTool(t, {ordinal, when, seconds})
    : {CRCACHE_STOP_AT: `kill:${what}:${String(ordinal)}`};
  const how = isTool ? `${when} ${when === 'begun' ? `for ${seconds} s` : ''}` : '';
  const told = `${name}: killed at ${what}:${String(ordinal)} ${how}`;
  const wasKilled = await place.die(scenario, env);
  return {point: told, wasKilled, wrongs: await place.survive(scenario)};
}

function scenarioOf(name: string): (typeof realScenarios)[string] & object {
  const scenario = realScenarios[name];
  if (scenario === undefined) throw new Error(`there is no scenario '${name}'`);
  return scenario;
}
