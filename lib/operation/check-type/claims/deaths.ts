// What crcache has begun when it is killed comes to an end by the next gc, and nothing is left of it.

import {after, basis, differs, leftIn, refusal, type Claim, type Seen} from '../claim.js';
import {killAt, type Point} from '../killing.js';
import {kept, withKept} from '../kept.js';
import {source, type Trial} from '../trial.js';

const discarded = 'discard leaves nothing that is listed';
const discardedTwice = 'discarding what is gone already is fine';
const imported = 'imports are gone after their release, and stay here';

const shared = {isAlone: true, isLong: true, isClaimed: ({makes}: Trial) => makes} as const;

const restsOn = [basis, discarded, discardedTwice];

export const deaths: readonly Claim[] = [
  {
    ...shared,
    restsOn,
    words: 'what was being made when crcache was killed goes',
    isWrong: (trial) =>
      killedAt(
        trial,
        ['provision:handle-written', 0, 50, 200, 'provision:made', 'provision:cached'],
        {
          words: () => ['provision-instance', '-s', source],
        },
      ),
  },
  {
    ...shared,
    restsOn: [...restsOn, imported],
    words: 'what was being given out when crcache was killed goes, and imports stay',
    isWrong: givenOut,
  },
  {
    ...shared,
    restsOn: [...restsOn, 'reset undoes changes'],
    words: 'what was being taken back when crcache was killed is finished',
    isWrong: (trial) => withKept(trial, {}, () => takenBack(trial)),
  },
  {
    ...shared,
    restsOn,
    words: 'what was being discarded when crcache was killed goes',
    isWrong: (trial) =>
      killedAt(trial, [0, 50, 'discard:taken', 'discard:destroyed'], {
        before: ['provision-instance', '-s', source],
        words: () => ['discard-instance', '-s', source, '--all'],
        isGone: true,
      }),
  },
];

interface Killing {
  readonly before?: readonly string[];
  readonly words: () => readonly string[];
  /** Whether nothing is to be left by gc alone. */
  readonly isGone?: boolean;
}

/** What is wrong after crcache was killed at each of these points, and a gc. */
async function killedAt(
  trial: Trial,
  points: readonly Point[],
  {before, words, isGone = false}: Killing,
): Promise<Seen> {
  for (const point of points) {
    const refused = before === undefined ? undefined : refusal(await trial.call(...before));
    if (refused !== undefined) return refused;
    await killAt(trial, point, words());
    const said = (await trial.call('gc')).stderr.trim();
    if (isGone) {
      const left = leftIn(await all(trial));
      if (left !== undefined) return `${at(point)}: ${left} ${said}`.trim();
    }
    const left = await leftAtLast(trial);
    if (left !== undefined) return `${at(point)}: ${left} ${said}`.trim();
  }
  const wrong = refusal(await trial.acquire()) ?? differs(await trial.run('true'), {});
  return after('afterwards none is given out that works', wrong);
}

const at = (point: Point): string =>
  typeof point === 'string'
    ? `killed at ${point}`
    : `killed ${String(point)} ms after a tool began`;

/** What exists, whether a record or a listing knows it. A place that it stands on is simply there. */
async function all(trial: Trial): Promise<{name: string}[]> {
  const known = await trial.records();
  const records = known.filter(({name, state}) => state !== 'cached' || name.startsWith(source));
  return [...records, ...(await trial.list())];
}

/** What is there still when all was discarded. */
async function leftAtLast(trial: Trial): Promise<string | undefined> {
  await trial.call('discard-instance', '-s', source, '--all', '--force');
  await trial.releaseAll();
  return leftIn(await all(trial));
}

async function givenOut(trial: Trial): Promise<Seen> {
  const {inside} = trial;
  await trial.shell('mkdir here && echo here >here/file');
  const words = ['acquire', '-s', source, '--import', `${trial.directory}/here:${inside}/it:rw`];
  const wrong = await killedAt(trial, ['import:noted', 'import:brought', 'allocate:leased'], {
    words: () => words,
  });
  if (wrong !== undefined) return wrong;
  const {stdout} = await trial.shell('cat here/file');
  return stdout === 'here\n' ? undefined : 'a file that was imported is gone here';
}

/** One that was taken back is there for the next one, as new. */
async function takenBack(trial: Trial): Promise<Seen> {
  for (const point of [0, 50, 'release:taken', 'release:stopped', 'release:reset'] as const) {
    const acquired = await trial.call('acquire', '-s', kept);
    const refused = refusal(acquired);
    if (refused !== undefined) return after(`before it was ${at(point)}`, refused);
    const name = acquired.stdout.trim();
    await trial.call('run', name, '--', 'sh', '-c', 'echo >crcache-was-here');
    await killAt(trial, point, ['release', name]);
    const said = (await trial.call('gc')).stderr.trim();
    const unfinished = (await trial.records()).find(
      (record) => record.name.startsWith(kept) && !['cached', 'in-use'].includes(record.state),
    );
    if (unfinished !== undefined) {
      return `${at(point)}: '${unfinished.name}' is ${unfinished.state}; ${said}`;
    }
    await trial.call('release', name);
  }
  const name = (await trial.call('acquire', '-s', kept)).stdout.trim();
  const {status, stderr} = await trial.call('run', name, '--', 'sh', '-c', look(trial));
  return status === 0 ? undefined : `afterwards it is not as new: ${stderr.trim()}`;
}

const look = ({can}: Trial): string => (can.reset ? '! test -e crcache-was-here' : 'true');
