// What may be cut off in the middle where an instance is something real: what its type does of itself.

import {writeFileSync} from 'node:fs';
import type {StepName} from '../../lib/steps.js';
import type {World} from './world.js';

/** The steps at which a type is about to work, or has done so. */
export const stepsOfTypes: readonly StepName[] = [
  'provision:handle-written',
  'provision:made',
  'provision:hooked',
  'import:noted',
  'import:brought',
  'release:stopped',
  'import:saved',
  'import:undone',
  'release:reset',
  'park:parked',
  'park:resumed',
  'reset:done',
  'discard:destroyed',
  'gc:taken-over',
];

/** A source of which `NAME-0` is in use by another, and `NAME-1` is what commands are about. */
export interface Ground {
  readonly world: World;
  readonly source: string;
  /** A directory of this machine, and where an instance has it. */
  readonly local: string;
  readonly remote: string;
  /** A file of an instance's own, which goes where it is reset. */
  readonly dirt: string | undefined;
}

export interface RealScenario {
  readonly prepare?: (ground: Ground) => Promise<unknown>;
  readonly words: (ground: Ground) => readonly string[];
  /** What is in the file of the imported directory afterwards. */
  readonly leaves: 'old' | 'new';
}

const acquiring = ({source, local, remote}: Ground): string[] => {
  return ['acquire', '-s', source, '--import', `${local}:${remote}:rw`];
};

const second = ({source}: Ground): string => `${source}-1`;

async function haveCached({world, source}: Ground): Promise<void> {
  const cached = await world.must('list-instances', '-s', source, '--state', 'cached');
  if (cached.length === 0) await world.must('provision-instance', '-s', source);
}

/** Acquires it with the import, and changes what it has. */
async function use(ground: Ground): Promise<void> {
  await ground.world.must(...acquiring(ground));
  const code = `echo new >"$0/file"; ${ground.dirt === undefined ? '' : `echo >${ground.dirt}`}`;
  const {status, stderr} = await ground.world.run([
    'run',
    second(ground),
    'sh',
    '-c',
    code,
    ground.remote,
  ]);
  if (status !== 0) throw new Error(`'run': ${stderr}`);
}

export const realScenarios: Readonly<Record<string, RealScenario>> = {
  'acquire with an import': {words: acquiring, leaves: 'old'},
  'acquire of a cached one with an import': {prepare: haveCached, words: acquiring, leaves: 'old'},
  'release with an import': {
    prepare: use,
    words: (ground) => ['release', second(ground)],
    leaves: 'new',
  },
  'reset-instance of one in use': {
    prepare: use,
    words: (ground) => ['reset-instance', second(ground)],
    leaves: 'new',
  },
  'provision-instance': {words: ({source}) => ['provision-instance', '-s', source], leaves: 'old'},
  'discard-instance': {
    prepare: haveCached,
    words: (ground) => ['discard-instance', '--force', second(ground)],
    leaves: 'old',
  },
  'gc after an acquire died': {
    prepare: (ground) =>
      ground.world.run(acquiring(ground), {CRCACHE_STOP_AT: 'kill:import:brought'}),
    words: () => ['gc'],
    leaves: 'old',
  },
};

/** Makes the file of the imported directory what it is before each scenario. */
export function writeOld({local}: Pick<Ground, 'local'>): void {
  writeFileSync(`${local}/file`, 'old\n');
}
