// What is made is found, by its id alone; what is destroyed is gone.

import {CrcacheError} from '../../../errors.js';
import {basis, leftIn, refusal, Untried, type Claim, type Seen} from '../claim.js';
import type {Instance} from '../../instance.js';
import {source, type Trial} from '../trial.js';

const made = ({makes}: Trial): boolean => makes;

/** What it stands on is listed where that is made. */
const madeByItself = ({makes, isAtBottom}: Trial): boolean => makes && isAtBottom;

const discarded = 'discard leaves nothing that is listed';
const discardedTwice = 'discarding what is gone already is fine';
const dead = 'one that is gone is found dead';

export const lifecycle: readonly Claim[] = [
  {
    words: 'what was made is listed',
    restsOn: [],
    isClaimed: madeByItself,
    isWrong: isListed,
  },
  {
    words: 'what others have made is not listed, and left alone',
    isAlone: true,
    isClaimed: madeByItself,
    isWrong: leavesOthers,
  },
  {
    words: discarded,
    restsOn: [],
    isClaimed: made,
    isWrong: isDiscarded,
  },
  {
    words: discardedTwice,
    restsOn: [discarded],
    isClaimed: made,
    isWrong: discardTwice,
  },
  {
    words: 'one that is alive is found so',
    restsOn: [],
    isWrong: isFoundAlive,
  },
  {
    words: dead,
    restsOn: [basis, discarded, discardedTwice],
    isClaimed: canBeDestroyed,
    isWrong: isFoundDead,
  },
  {
    words: 'in the place of one that is gone the next is given out',
    restsOn: [basis, dead],
    isAlone: true,
    isClaimed: made,
    isWrong: nextIsGiven,
  },
];

async function isListed(trial: Trial): Promise<Seen> {
  const listed = await trial.list();
  const incarnation = trial.levels(trial.instance)[0]?.facts.incarnation;
  const isThere = listed.some((each) => each.incarnation === incarnation);
  return isThere ? undefined : `'${trial.instance}' is not listed`;
}

async function isDiscarded(trial: Trial): Promise<Seen> {
  const refused = refusal(await trial.releaseAll());
  return refused ?? leftIn(await trial.list());
}

async function isFoundAlive(trial: Trial): Promise<Seen> {
  const {stdout, stderr} = await trial.call('check-instance', trial.instance);
  return stdout === '' ? undefined : `${stdout.trim()} ${stderr.trim()}`.trim();
}

/** Another state directory has an instance of the same name. */
async function leavesOthers(trial: Trial): Promise<Seen> {
  const {neighbour} = trial;
  const acquired = refusal(await trial.acquire());
  if (acquired !== undefined) return acquired;
  const ours = new Set((await trial.list()).map(({incarnation}) => incarnation));
  const refused = refusal(await trial.callWith(neighbour, 'acquire', '-s', source));
  if (refused !== undefined) return refused;
  try {
    const foreign = (await trial.list()).find(({incarnation}) => !ours.has(incarnation));
    if (foreign !== undefined) return `'${foreign.name}' of another state directory is listed`;
    await trial.releaseAll();
    await trial.call('gc');
    const words = ['run', `${source}-0`, '--', 'sh', '-c', 'echo alive'];
    const {stdout, stderr} = await trial.callWith(neighbour, ...words);
    return stdout === 'alive\n'
      ? undefined
      : `it is gone with one of the same name: ${stderr.trim()}`;
  } finally {
    await trial.callWith(neighbour, 'release', '--all', '--force');
    await trial.callWith(neighbour, 'gc');
  }
}

/** What an instance stands on in the end, with tools that do not take for ever. */
function bottomOf(trial: Trial, name: string): Instance | undefined {
  const bottom = trial.levels(name).at(-1);
  if (bottom === undefined) return undefined;
  const {facts} = bottom;
  return {...bottom, facts: {...facts, surroundings: trial.bounded(facts.surroundings)}};
}

async function destroy({type, facts}: Instance): Promise<void> {
  await type.endAll(facts);
  await type.discard(facts);
}

async function discardTwice(trial: Trial): Promise<Seen> {
  const bottom = bottomOf(trial, trial.instance);
  if (bottom === undefined) return undefined;
  const wrong = await failureOf(async () => {
    await destroy(bottom);
    await bottom.type.discard(bottom.facts);
  });
  await trial.releaseAll();
  return wrong;
}

async function failureOf(act: () => Promise<void>): Promise<string | undefined> {
  try {
    await act();
    return undefined;
  } catch (error) {
    if (error instanceof CrcacheError) return error.message;
    throw error;
  }
}

/** Whether there is anything that can be destroyed beside crcache, as an accident would. */
function canBeDestroyed(trial: Trial): boolean {
  const bottom = bottomOf(trial, trial.instance);
  if (bottom === undefined) return false;
  const {type, source: of} = bottom;
  return type.places?.(of.settings, of.settings.maximum) === undefined;
}

async function isFoundDead(trial: Trial): Promise<Seen> {
  const bottom = bottomOf(trial, trial.instance);
  if (bottom === undefined) return undefined;
  await destroy(bottom);
  const {stdout} = await trial.run('sh', '-c', 'echo alive');
  const {status} = await trial.call('check-instance', trial.instance);
  await trial.releaseAll();
  if (stdout === 'alive\n') return new Untried('commands run in it after it was discarded');
  return status === 0 ? 'check says that it is alive' : undefined;
}

async function nextIsGiven(trial: Trial): Promise<Seen> {
  const refused = refusal(await trial.call('provision-instance', '-s', source));
  if (refused !== undefined) return refused;
  const bottom = bottomOf(trial, `${source}-0`);
  if (bottom === undefined) return undefined;
  await destroy(bottom);
  const acquired = await trial.acquire();
  const {stdout} = await trial.run('sh', '-c', 'echo alive');
  return refusal(acquired) ?? (stdout === 'alive\n' ? undefined : 'one was given out that is gone');
}
