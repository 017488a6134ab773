// What fsck finds, as data: where, what, and what mends it.

/** What ends the findings that a dead process left. */
export const gcMends = 'crcache gc';

export interface Finding {
  readonly path: string;
  /** What is not as it should be; completes the line 'PATH: …'. */
  readonly what: string;
  /** What mends it: a command, or what a person has to find out and do. */
  readonly mend: string;
  /** Mends it without losing anything; to be called under the source's lock. */
  readonly repair?: () => void;
  /** The lock itself is in the way: `repair` is called without it. */
  readonly isWithoutLock?: boolean;
  /** Nothing is wrong; it is told to those who want to know more. */
  readonly isNote?: boolean;
  /**
   * What must stay as it is for as long as it takes to look again: a symlink that has moved since is no finding. The
   * path itself, unless given.
   */
  readonly of?: readonly string[];
}

/** One check, named after what must be true. */
export interface Check<Look> {
  readonly name: string;
  readonly find: (look: Look) => readonly Finding[];
}
