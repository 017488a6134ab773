// Death at every step: a process is gone there, and one gc makes all good again.
//
// What a killed process leaves is what it has written until then. So each scenario is played once, by this process in
// another one's name, and all that there is at each point is copied; then that other process ends, and what is left at
// each point is tried. That this is what a kill leaves is tried as well: processes are killed at each step once, and at
// some points more that chance chooses.

import * as assert from 'uvu/assert';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {steps, type StepName} from '../../lib/steps.js';
import {readFound} from './invariants.js';
import {changedSources, copyOf, putBack, type Copy} from './copies.js';
import type {Sandbox} from './sandbox.js';
import {kinds, room, scenarios, type Scenario} from './scenarios.js';
import type {Test} from './suite.js';
import {World} from './world.js';

export interface Deaths {
  readonly kind: string;
  /** Steps that this kind of source does not come by. */
  readonly without: readonly StepName[];
  /** Which points are tried: each one; of each scenario the first of each step and source; or of all scenarios those. */
  readonly points: 'all' | 'first of each scenario' | 'first of all scenarios';
  /** At how many points of each scenario a process is killed, chosen by chance, beside those of new steps. */
  readonly others: number;
}

/** A test for each scenario, and one that no step was forgotten. */
export function testDeaths(test: Test, deaths: Deaths): void {
  const {kind: kindName, without, others} = deaths;
  const kind = kinds[kindName];
  if (kind === undefined) throw new Error(`there is no kind '${kindName}'`);
  const killed = new Set<string>();
  const tried = new Set<string>();
  const totals = {kills: 0, points: 0, tried: 0};
  for (const [name, scenario] of Object.entries(scenarios)) {
    test(name, {timeLimitMs: 120_000}, async (t) => {
      const world = new World(t, kind(scenario.settings ?? {}), `${t.dir}/world`);
      const heldBefore = await prepare(world, scenario);
      const played = await play(t, world, scenario);
      if (deaths.points !== 'first of all scenarios') tried.clear();
      const isNew = ({point, changed}: Point): boolean => {
        const key = deaths.points === 'all' ? point : `${stepOf(point)} in ${changed.join()}`;
        return !tried.has(key) && tried.add(key).has(key);
      };
      const points = played.map(({point}) => point);
      totals.points += points.length;
      // Where nothing was written since the point before, the same is left.
      for (const {point, copy} of played.filter(({changed}) => changed.length > 0).filter(isNew)) {
        putBack(world, copy);
        assert.equal(await survive(world, heldBefore), [], `gone at ${point}`);
        totals.tried++;
      }
      for (const point of chooseSome(t, scenario, {points, others, known: killed})) {
        world.clear();
        assert.equal(await dieAt(world, scenario, point), [], `killed at ${point}`);
        killed.add(stepOf(point));
        totals.kills++;
      }
    });
  }
  test('every step has been died at', (t) => {
    const expected = steps.filter((step) => !without.includes(step));
    const counts = [
      `steps found: ${String(expected.length)}`,
      `steps killed: ${String(killed.size)}`,
      `points found: ${String(totals.points)}`,
      `points tried: ${String(totals.tried)}`,
      `processes killed: ${String(totals.kills)}`,
    ];
    t.note(`death at every step, ${kindName}: ${counts.join(', ')}`);
    assert.equal(
      expected.filter((step) => !killed.has(step)),
      [],
    );
  });
}

interface Point {
  /** As CRCACHE_STOP_AT wants it. */
  readonly point: string;
  /** The sources that were written to since the point before. */
  readonly changed: readonly string[];
  readonly copy: Copy;
}

/** Runs a scenario's command in the name of a process that is gone when it has ended; what there was at each point. */
async function play(t: Sandbox, world: World, scenario: Scenario): Promise<Point[]> {
  const counts = new Map<StepName, number>();
  const points: Point[] = [];
  let before: Copy = new Map();
  const actor = spawn('sleep', ['300'], {stdio: 'ignore'});
  t.atEnd(() => actor.kill('SIGKILL'));
  const step = (name: StepName): void => {
    const ordinal = (counts.get(name) ?? 0) + 1;
    counts.set(name, ordinal);
    const copy = copyOf(world);
    points.push({point: `${name}:${String(ordinal)}`, changed: changedSources(before, copy), copy});
    before = copy;
  };
  const playing = world.here(scenario.words, {pid: actor.pid, step});
  await scenario.meanwhile?.(world);
  const {status, stderr} = await playing;
  assert.is(status, 0, stderr);
  actor.kill('SIGKILL');
  await once(actor, 'exit');
  return points;
}

/** The first point of each step that is not known, and some of the others. */
function chooseSome(
  t: Sandbox,
  {steps: sure}: Scenario,
  {points, others, known}: {points: readonly string[]; others: number; known: ReadonlySet<string>},
): string[] {
  const candidates = sure?.map((step) => `${step}:1`) ?? points;
  const isNew = (point: string): boolean => point.endsWith(':1') && !known.has(stepOf(point));
  const rest = candidates.filter((point) => !isNew(point));
  while (rest.length > others) rest.splice(t.random.below(rest.length), 1);
  return [...candidates.filter(isNew), ...rest];
}

function stepOf(point: string): string {
  return point.replace(/:[0-9]+$/, '');
}

/** Comes to where a scenario begins; who holds s-0 there. */
async function prepare(world: World, scenario: Scenario): Promise<string> {
  assert.equal(await world.must('acquire', '-s', 's'), ['s-0']);
  await scenario.prepare?.(world);
  return held(world);
}

/** What is wrong after a process was killed at a point. */
async function dieAt(world: World, scenario: Scenario, point: string): Promise<string[]> {
  const heldBefore = await prepare(world, scenario);
  const dying = world.run(scenario.words, {CRCACHE_STOP_AT: `kill:${point}`});
  await scenario.meanwhile?.(world);
  const death = await dying;
  if (death.signal !== 'SIGKILL') return [`not killed: status ${String(death.status)}`];
  return survive(world, heldBefore);
}

/** What is wrong when one gc has run. */
async function survive(world: World, heldBefore: string): Promise<string[]> {
  const {status, stderr} = await world.here(['gc']);
  if (status !== 0 || stderr !== '') return [`gc: status ${String(status)}: ${stderr}`];
  const fsck = await world.here(['fsck']);
  if (fsck.status !== 0 || fsck.stdout !== '') return [`fsck: ${fsck.stdout}${fsck.stderr}`];
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
