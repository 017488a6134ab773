// What an actor does next: one of all the things that can be done, by chance.

import {steps, type StepName} from '../../../lib/steps.js';
import type {Random} from '../random.js';
import type {Settings} from '../world.js';

/** Two sources, three pools above them of which two share one, and a pool over a pool. */
export const sources: Readonly<Record<string, Settings>> = {
  a: {type: 'sim', maximum: 3},
  b: {type: 'sim', maximum: 2},
  p: {type: 'pool', sources: 'a, b'},
  q: {type: 'pool', sources: 'a'},
  r: {type: 'pool', sources: 'p, b'},
};

const names = ['a', 'b', 'p', 'q', 'r'] as const;

/** `honest`: nobody takes an instance from another, and no lease ends by itself. */
export type Manner = 'honest' | 'wild';

export interface Situation {
  readonly random: Random;
  readonly manner: Manner;
  readonly pid: number;
  /** Instances that this actor holds. */
  readonly held: readonly string[];
  /** Instances that there are, whoever has them. */
  readonly existing: readonly string[];
}

export type Operation =
  | {readonly kind: 'run'; readonly words: readonly string[]}
  | {readonly kind: 'configure'; readonly source: string; readonly settings: Settings};

type Choice = (situation: Situation) => Operation | undefined;

const run = (...words: readonly string[]): Operation => ({kind: 'run', words});

function pickFrom(random: Random, values: readonly string[]): string | undefined {
  return values[random.below(values.length)];
}

/** Each choice as often as its weight says. */
const choices: readonly (readonly [weight: number, choice: Choice])[] = [
  [30, acquire],
  [22, ({random, held}) => releaseOf(pickFrom(random, held), [])],
  [3, ({random, held}) => releaseOf(pickFrom(random, held), ['-f'])],
  [3, (situation) => wild(situation, ['release'])],
  [2, (situation) => wild(situation, ['release', '-f'])],
  [2, (situation) => wild(situation, ['discard-instance', '--force'])],
  [2, (situation) => wild(situation, ['reset-instance'])],
  [3, (situation) => wild(situation, ['renew', '--ttl', '20ms'])],
  [4, ({random, existing}) => onSome(random, existing, ['discard-instance'])],
  [6, () => run('gc')],
  [6, ({random}) => run('provision-instance', '-s', random.pick(names), random.pick(['1', '2']))],
  [2, ({random}) => run('drain-source', random.pick(names))],
  [6, ({random}) => run('drain-source', random.pick(names), '--off')],
  [3, configure],
];

/** The next operation; the same seed and situations give the same ones. */
export function choose(situation: Situation): Operation {
  const {random} = situation;
  const total = choices.reduce((sum, [weight]) => sum + weight, 0);
  for (;;) {
    let rest = random.below(total);
    const chosen = choices.find(([weight]) => (rest -= weight) < 0);
    const operation = chosen?.[1](situation);
    if (operation !== undefined) return operation;
  }
}

function acquire({random, manner, pid}: Situation): Operation {
  const words = ['acquire', '-s', random.pick(names), random.pick(['1', '1', '1', '2', '3'])];
  if (random.below(3) === 0) words.push(`--wait=${String(random.below(400))}ms`);
  if (manner === 'wild' && random.below(4) === 0)
    words.push('--ttl', `${String(random.below(60))}ms`);
  if (manner === 'wild' && random.below(6) === 0) words.push('--for-pid', String(pid));
  return run(...words);
}

function releaseOf(name: string | undefined, options: readonly string[]): Operation | undefined {
  return name === undefined ? undefined : run('release', ...options, name);
}

/** Something that an honest actor does not do to instances that it does not hold. */
function wild({manner, random, existing}: Situation, words: string[]): Operation | undefined {
  return manner === 'wild' ? onSome(random, existing, words) : undefined;
}

function onSome(
  random: Random,
  existing: readonly string[],
  words: readonly string[],
): Operation | undefined {
  const name = pickFrom(random, existing);
  return name === undefined ? undefined : run(...words, name);
}

/** Another reserve, or a backend of other manners. */
function configure({random}: Situation): Operation {
  const source = random.pick(names);
  const chance = (): number => (random.below(3) === 0 ? random.below(30) / 100 : 0);
  const common: Settings = {...sources[source], reserve: random.below(3)};
  if (common['type'] !== 'sim') return {kind: 'configure', source, settings: common};
  const settings = {
    ...common,
    maximum: 1 + random.below(Number(common['maximum'])),
    'delay-make': `${String(random.below(3) * 10)}ms`,
    'fail-how': random.pick(['before', 'after']),
    'fail-make': chance(),
    'fail-check': chance(),
    'fail-reset': chance(),
    'fail-discard': chance(),
    'fail-list': chance(),
    lose: chance(),
    keep: chance(),
  };
  return {kind: 'configure', source, settings};
}

/** A step at which a process is to be killed or stopped, as CRCACHE_STOP_AT says it. */
export function chooseEnd(random: Random): string {
  const step: StepName = steps[random.below(steps.length)] ?? steps[0];
  const signal = random.pick(['kill', 'kill', 'stop']);
  return `${signal}:${step}:${String(1 + random.below(3))}`;
}
