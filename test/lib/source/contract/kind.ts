// A kind of instance that commands run in, and what is to be known of it to try the contract with it.

import type {Sandbox} from '../../../helpers/sandbox.js';
import type {Outside} from './outside.js';

export interface Kind {
  readonly name: string;
  /** The source to acquire from. */
  readonly source: string;
  /** The lines of each source's source.conf; a function where they name what `before` has made. */
  readonly sources: Sources | ((t: Sandbox) => Sources);
  /** Programs without which its tests are skipped. */
  readonly needs?: readonly string[];
  readonly needsRoot?: boolean;
  /** Whether it is for an ordinary user, whom the test's process becomes, for good. */
  readonly isForUser?: boolean;
  /**
   * Makes what its instances need (a server, a tree) in a sandbox that all tests of a file share, and whose
   * environment they get; `t.atEnd` undoes it, after the instances are released.
   */
  readonly before?: (t: Sandbox) => unknown;
  readonly manners?: Manners;
  /** What it makes, where it makes anything that can be seen. */
  readonly outside?: Outside;
  /**
   * What alone is its own, where it differs from another kind in little; nothing else is tried with it. 'way': how
   * commands get in; 'making': how it is made, reset and destroyed; 'standing': it is another kind, with a pool on it.
   */
  readonly differsBy?: 'way' | 'making' | 'standing';
  /** Whether each way into an instance is tried, and not the main ones alone. One kind must do. */
  readonly isTriedByAllWays?: boolean;
}

export type Sources = Readonly<Record<string, readonly string[]>>;

/** What a kind may do in another way than this machine does. */
export interface Manners {
  /**
   * Its instances are elsewhere, and a tool carries streams and statuses: as with ssh, a command has a terminal only
   * where one is wished for.
   */
  readonly isFar?: boolean;
  /** Its tar is that of busybox, which makes no holes, and sets the times of files alone. */
  readonly hasSimpleTar?: boolean;
  /** Each instance has a tree of its own, in which root may do what it wants. */
  readonly hasOwnTree?: boolean;
  /** Directories of this machine are mounted in it: 'anew', it is made anew for that, unless something stands on it. */
  readonly bindsImports?: 'as it is' | 'anew';
  /** The directory of programs that commands find first, and that is nobody else's; that of trees unless given. */
  readonly programs?: (t: Sandbox) => string;
  /** A user's program starts commands, and tells in words of its own what cannot be run. */
  readonly tellsByItself?: boolean;
  /** There is nobody else whom a command could become. */
  readonly hasRootAlone?: boolean;
}
