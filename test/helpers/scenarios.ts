// What may be cut off in the middle: each command that changes something, on each kind of source.

import type {StepName} from '../../lib/steps.js';
import {untilQueued} from './held.js';
import type {Settings, World} from './world.js';

/** Sources of one kind; `settings` are those of the source that commands name, `s`. */
export type Kind = (settings: Settings) => Readonly<Record<string, Settings>>;

/** What can be parked is, so that each scenario comes by that. */
const fake = {type: 'sim', park: 'yes'};
const bottom = {a: {...fake, maximum: 2}, b: {...fake, maximum: 2}};

/** In each of them `s` has room for four instances. */
export const kinds: Readonly<Record<string, Kind>> = {
  'a source': (settings) => ({s: {...fake, maximum: 4, ...settings}}),
  'a pool': (settings) => ({...bottom, s: {type: 'pool', sources: 'a, b', ...settings}}),
  'a pool over a pool': (settings) => ({
    ...bottom,
    p: {type: 'pool', sources: 'a, b'},
    s: {type: 'pool', sources: 'p', ...settings},
  }),
};

export const room = 4;

export interface Scenario {
  readonly settings?: Settings;
  /** What is done before; `s-0` is in use already, and must stay so. */
  readonly prepare?: (world: World) => Promise<unknown>;
  readonly words: readonly string[];
  /** What is done while it runs. */
  readonly meanwhile?: (world: World) => Promise<unknown>;
  /** The steps that it is sure to come by; all that it was seen to come by, unless given. */
  readonly steps?: readonly StepName[];
}

const inUse = (world: World): Promise<unknown> => world.must('acquire', '-s', 's');
const importing = ['--import', 'config:work/copy:rw'];
const cached = (world: World): Promise<unknown> => world.must('provision-instance', '-s', 's');
const dead = (step: StepName, words: readonly string[]) => (world: World) =>
  world.run(words, {CRCACHE_STOP_AT: `kill:${step}`});

export const scenarios: Readonly<Record<string, Scenario>> = {
  acquire: {words: ['acquire', '-s', 's']},
  'acquire of 2': {words: ['acquire', '-s', 's', '2']},
  'acquire of one that is cached and one that is not': {
    prepare: cached,
    words: ['acquire', '-s', 's', '2'],
  },
  'acquire that waits': {
    prepare: (world) => world.must('acquire', '-s', 's', '3'),
    words: ['acquire', '-s', 's', '--wait'],
    async meanwhile(world) {
      await untilQueued(world, 's', 1);
      await world.must('release', 's-1');
    },
    steps: ['queue:ticket-made', 'queue:ticket-met', 'acquire:claimed', 'acquire:printed'],
  },
  'release of one that is kept': {
    settings: {reserve: 2},
    prepare: inUse,
    words: ['release', 's-1'],
  },
  'release of one that is discarded': {prepare: inUse, words: ['release', 's-1']},
  'acquire with imports': {words: ['acquire', '-s', 's', ...importing]},
  'release that writes imports back': {
    settings: {reserve: 2},
    prepare: (world) => world.must('acquire', '-s', 's', ...importing),
    words: ['release', 's-1'],
  },
  'provision-instance': {words: ['provision-instance', '-s', 's', '2']},
  'reset-instance': {prepare: cached, words: ['reset-instance', 's-1']},
  'reset-instance of one in use': {prepare: inUse, words: ['reset-instance', 's-1']},
  'discard-instance': {prepare: cached, words: ['discard-instance', 's-1']},
  'drain-source': {
    prepare: (world) => world.must('provision-instance', '-s', 's', '2'),
    words: ['drain-source', 's'],
  },
  'gc that ends a lease and fills the reserve': {
    settings: {reserve: 3},
    prepare: (world) => world.must('acquire', '-s', 's', '--ttl', '1ms'),
    words: ['gc'],
  },
  'gc after an acquire died': {
    prepare: dead('allocate:leased', ['acquire', '-s', 's']),
    words: ['gc'],
  },
  'gc after an acquire died that had told the names': {
    prepare: dead('acquire:printed', ['acquire', '-s', 's', '2']),
    words: ['gc'],
  },
  'gc after a provision-instance died': {
    prepare: dead('provision:made', ['provision-instance', '-s', 's']),
    words: ['gc'],
  },
  'gc after a release died': {
    prepare: async (world) => {
      await inUse(world);
      await dead('release:stopped', ['release', 's-1'])(world);
    },
    words: ['gc'],
  },
};
