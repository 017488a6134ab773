// What reset brings back, and what two instances have of their own.

import {differs, refusal, type Claim, type Seen} from '../claim.js';
import {killAt} from '../killing.js';
import {kept, withKept} from '../kept.js';
import {source, type Trial} from '../trial.js';

const undone = 'reset undoes changes';
const provisioned = 'what provision.d did is there after a reset';

export const resets: readonly Claim[] = [
  {words: undone, isWrong: undoesChanges, isClaimed: ({can}) => can.reset},
  {
    words: provisioned,
    restsOn: [undone],
    isWrong: keepsProvisioned,
    isClaimed: ({can}) => can.reset,
    isAlone: true,
  },
  {
    words: 'a reset that was cut off is done by the next one',
    restsOn: [undone, provisioned],
    isWrong: cutOffReset,
    isClaimed: ({can}) => can.reset,
    isAlone: true,
    isLong: true,
  },
  {
    words: 'two instances do not see one another',
    isWrong: areApart,
    isClaimed: ({can}) => can.isolation !== 'none',
  },
];

async function undoesChanges(trial: Trial): Promise<Seen> {
  const made = differs(await trial.run('sh', '-c', 'echo >crcache-was-here'), {});
  const wrong = made ?? differs(await trial.call('reset-instance', trial.instance), {});
  if (wrong !== undefined) return wrong;
  const {status} = await trial.run('test', '-e', 'crcache-was-here');
  return status === 0 ? 'a file that was made is there still' : undefined;
}

/** It makes two files, of which a user changes one and removes the other. */
const provision = {
  provision: `exec "$CRCACHE_INSTANCE_DIR/run" sh -c 'echo made >crcache-one && echo made >crcache-two'`,
};
const change = 'echo changed >crcache-one; rm crcache-two; echo >crcache-three';
const look = 'cat crcache-one crcache-two; [ ! -e crcache-three ] || echo crcache-three';

function keepsProvisioned(trial: Trial): Promise<Seen> {
  return withKept(trial, provision, async () => {
    trial.instance = `${kept}-0`;
    const acquired = refusal(await trial.call('acquire', '-s', kept));
    if (acquired !== undefined) return acquired;
    const wrong =
      whatIsNew(await trial.call('run', `${kept}-0`, '--', 'sh', '-c', look)) ??
      differs(await trial.call('run', `${kept}-0`, '--', 'sh', '-c', change), {}) ??
      differs(await trial.call('reset-instance', `${kept}-0`), {});
    return wrong ?? whatIsNew(await trial.call('run', `${kept}-0`, '--', 'sh', '-c', look));
  });
}

function whatIsNew(answer: Parameters<typeof differs>[0]): string | undefined {
  return differs(answer, {stdout: 'made\nmade\n'});
}

/** What was there before is gone after it, and not what provision.d did, whatever point it had come to. */
function cutOffReset(trial: Trial): Promise<Seen> {
  return withKept(trial, provision, async () => {
    trial.instance = `${kept}-0`;
    const acquired = refusal(await trial.call('acquire', '-s', kept));
    if (acquired !== undefined) return acquired;
    for (const point of [0, 50, 'reset:taken'] as const) {
      await trial.call('run', `${kept}-0`, '--', 'sh', '-c', change);
      await killAt(trial, point, ['reset-instance', `${kept}-0`]);
      await trial.call('gc');
      const wrong =
        differs(await trial.call('reset-instance', `${kept}-0`), {}) ??
        whatIsNew(await trial.call('run', `${kept}-0`, '--', 'sh', '-c', look));
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  });
}

async function areApart(trial: Trial): Promise<Seen> {
  const acquired = await trial.call('acquire', '-s', source);
  const other = acquired.stdout.trim();
  if (other === '') return refusal(acquired);
  const {inside, can} = trial;
  // Where the root is its own, all is.
  const places = ['crcache-was-here', ...(can.isolation === 'process' ? [] : [inside])];
  for (const place of places) {
    await trial.run('sh', '-c', 'echo >"$1"', 'sh', place);
    const {status} = await trial.call('run', other, '--', 'test', '-e', place);
    if (status === 0) return `file '${place}' of one is in the other`;
  }
  return refusal(await trial.call('release', '--force', other));
}
