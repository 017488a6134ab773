// What an acquire would do, as data. Decided by looking alone: no file is touched here, so that the plan can be
// shown (--dry-run), tested without a disk, and made anew when somebody was faster.

import {compareInstanceNames} from '../instance.js';

export interface Situation {
  /** How many instances are wanted. */
  readonly count: number;
  /** Cached ones that the request can have. */
  readonly cached: readonly string[];
  /** Cached ones that have not the wishes that are wanted. */
  readonly others: readonly string[];
  /** How many instances there are, in whatever state; where what is cached suffices and no limit is passed, these alone. */
  readonly existing: number;
  readonly maximum: number;
  /** How many there can ever be of those that the request can have. */
  readonly most: number;
  /** How many instances the sources below could back; Infinity where there are none below. */
  readonly backable: number;
  /** Whether a request waits that came earlier. */
  readonly isSomeoneAhead: boolean;
  readonly isDrained: boolean;
  readonly isUnconfigured: boolean;
}

export type Plan =
  | {
      readonly kind: 'take';
      readonly take: readonly string[];
      readonly make: number;
      /** Cached ones that have to go first, to make room. */
      readonly discard: readonly string[];
    }
  | {readonly kind: 'refuse'; readonly why: Refusal};

/** `impossible`: also by waiting. */
export type Refusal = 'impossible' | 'unconfigured' | 'drained' | 'queue' | 'maximum' | 'sources';

/** Takes what is cached, lowest number first, and makes the rest: all of it or nothing. */
export function planAcquire(situation: Situation): Plan {
  const {count, cached, others, existing, maximum, most} = situation;
  if (situation.isUnconfigured) return refuse('unconfigured');
  if (count > most) return refuse('impossible');
  if (situation.isDrained) return refuse('drained');
  if (situation.isSomeoneAhead) return refuse('queue');
  // A maximum may have been lowered: what is cached may be more than it leaves.
  const busy = existing - cached.length - others.length;
  if (busy + count > maximum) return refuse('maximum');
  const take = [...cached].sort(compareInstanceNames).slice(0, count);
  const make = count - take.length;
  const excess = make > 0 ? Math.max(0, existing + make - maximum) : 0;
  if (excess > others.length) return refuse('maximum');
  if (make > situation.backable) return refuse('sources');
  const discard = [...others].sort(compareInstanceNames).slice(others.length - excess);
  return {kind: 'take', take, make, discard};
}

function refuse(why: Refusal): Plan {
  return {kind: 'refuse', why};
}
