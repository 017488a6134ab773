// What an acquire would do, as data. Decided by looking alone: no file is touched here, so that the plan can be
// shown (--dry-run), tested without a disk, and made anew when somebody was faster.

import {compareInstanceNames} from '../instance.js';

export interface Situation {
  /** How many instances are wanted. */
  readonly count: number;
  readonly cached: readonly string[];
  /** How many instances there are, in whatever state. */
  readonly existing: number;
  readonly maximum: number;
  /** How many instances the sources below could back; Infinity where there are none below. */
  readonly backable: number;
  /** Whether a request waits that came earlier. */
  readonly isSomeoneAhead: boolean;
  readonly isDrained: boolean;
}

export type Plan =
  | {readonly kind: 'take'; readonly take: readonly string[]; readonly make: number}
  | {readonly kind: 'refuse'; readonly why: Refusal};

/** `impossible`: also by waiting. */
export type Refusal = 'impossible' | 'drained' | 'queue' | 'maximum' | 'sources';

/** Takes what is cached, lowest number first, and makes the rest: all of it or nothing. */
export function planAcquire(situation: Situation): Plan {
  const {count, cached, existing, maximum} = situation;
  if (count > maximum) return refuse('impossible');
  if (situation.isDrained) return refuse('drained');
  if (situation.isSomeoneAhead) return refuse('queue');
  const take = [...cached].sort(compareInstanceNames).slice(0, count);
  const make = count - take.length;
  if (make > 0 && existing + make > maximum) return refuse('maximum');
  if (make > situation.backable) return refuse('sources');
  return {kind: 'take', take, make};
}

function refuse(why: Refusal): Plan {
  return {kind: 'refuse', why};
}
