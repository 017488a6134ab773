// check-type: whether a type keeps its promises, tried on real instances of it in a state directory of their own.

import {claims, type Claim} from './claims.js';
import type {Cache} from '../cache.js';
import {source, Trial} from './trial.js';

export interface Finding {
  readonly claim: string;
  readonly result: 'holds' | 'fails' | 'not claimed';
  /** What was seen instead. */
  readonly words: string;
}

/** Tries all claims with a cache whose only source is 'checked'; what was made for it goes again. */
export async function checkType(cache: Cache): Promise<readonly Finding[]> {
  const trial = new Trial(cache);
  const findings: Finding[] = [];
  try {
    for (const claim of claims) {
      const why = trial.isInUse ? undefined : await refusal(trial);
      findings.push(
        why === undefined
          ? await tryOne(trial, claim)
          : {claim: 'is given out', result: 'fails', words: why},
      );
      if (why !== undefined) break;
    }
  } finally {
    await trial.call('release', '--all', '--force');
    await trial.call('gc');
  }
  return findings;
}

/** Acquires an instance; the reason where none is given out. */
async function refusal(trial: Trial): Promise<string | undefined> {
  const {status, stderr} = await trial.call('acquire', '-s', source);
  return status === 0 ? undefined : stderr.trim();
}

async function tryOne(trial: Trial, {words, isWrong, isClaimed}: Claim): Promise<Finding> {
  if (isClaimed?.(trial) === false) return {claim: words, result: 'not claimed', words: ''};
  const seen = await isWrong(trial);
  return {claim: words, result: seen === undefined ? 'holds' : 'fails', words: seen ?? ''};
}
