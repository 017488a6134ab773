// check-type: whether a type keeps its promises, tried on real instances of it in a state directory of their own.

import {basis, Untried, type Claim, type Seen} from './claim.js';
import {claims} from './claims.js';
import type {Stage} from './trial.js';
import {Trying} from './trying.js';

export interface Finding {
  readonly claim: string;
  readonly result: 'holds' | 'fails' | 'not claimed' | 'not tried';
  /** What was seen instead, or why it was not tried. */
  readonly words: string;
}

/** What all the others begin with. */
export const isGivenOut = 'is given out';

/** Tries all claims, or those that do not take long; what is left of it goes with its ground. */
export async function checkType(
  facts: Omit<Stage, 'leftOver'>,
  {isQuick}: {isQuick: boolean},
): Promise<readonly Finding[]> {
  const stage: Stage = {...facts, leftOver: new Set()};
  const findings = new Map<string, Finding>();
  let instance = '';
  for (const claim of claims) {
    stage.cache.around.trace(`try '${claim.words}'`);
    const why = whyUntried(findings, claim, isQuick);
    const trying = new Trying(stage, claim, instance);
    const seen = why ?? (await trying.result());
    instance = trying.instance;
    if (trying.refusal !== undefined) note(findings, isGivenOut, trying.refusal);
    else if (instance !== '' && !findings.has(isGivenOut)) note(findings, isGivenOut, undefined);
    note(findings, claim.words, seen);
  }
  return [...findings.values()];
}

function note(findings: Map<string, Finding>, claim: string, seen: Seen): void {
  findings.set(claim, findingOf(claim, seen));
}

function findingOf(claim: string, seen: Seen): Finding {
  if (seen === undefined) return {claim, result: 'holds', words: ''};
  if (seen instanceof Untried) return {claim, result: seen.result, words: seen.why};
  return {claim, result: 'fails', words: seen};
}

/** What is not claimed cannot be missed. */
function whyUntried(
  findings: ReadonlyMap<string, Finding>,
  {restsOn = [basis], isLong = false}: Claim,
  isQuick: boolean,
): Untried | undefined {
  const missing = [isGivenOut, ...restsOn].find((each) =>
    ['fails', 'not tried'].includes(findings.get(each)?.result ?? 'holds'),
  );
  if (missing !== undefined) return new Untried(`it rests on '${missing}'`);
  return isLong && isQuick ? new Untried('--quick leaves it out') : undefined;
}
