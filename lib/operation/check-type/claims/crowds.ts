// Twenty instances at once.

import {basis, leftIn, refusal, Untried, type Claim, type Seen} from '../claim.js';
import {source, type Trial} from '../trial.js';

const most = 20;

export const crowds: readonly Claim[] = [
  {
    words: 'twenty at once are made, used and given back',
    isAlone: true,
    isLong: true,
    restsOn: [basis, 'discard leaves nothing that is listed'],
    isWrong: atOnce,
  },
];

async function atOnce(trial: Trial): Promise<Seen> {
  const count = Math.min(most, trial.most);
  if (count < 2) return new Untried('there is but one instance');
  const acquired = await trial.call('acquire', '-s', source, String(count));
  const refused = refusal(acquired);
  if (refused !== undefined) return refused;
  const {stdout} = await trial.shell(using, trial.cache.store.directory, acquired.stdout);
  if (stdout !== '') return stdout.trim();
  const released = refusal(await trial.releaseAll());
  return released ?? (trial.makes ? leftIn(await trial.list()) : undefined);
}

/** Each says who it is, all at once. */
const using = `
  instances=$1/sources/${source}/instances
  for name in $2; do "$instances/$name/run" sh -c 'sleep 0.2; echo "$1"' sh "$name" >"$name" 2>&1 & done
  wait
  for name in $2; do
    [ "$(cat "$name")" = "$name" ] || { echo "'$name' said: $(cat "$name")"; exit; }
  done`;
