// The tree of files of an instance, over a golden one: what is known of it, whatever it is the tree of.
//
// It is in a directory of its own:
//   root      what its commands see as /; an overlay is mounted there, where its keeper alone sees it
//   upper, work, layer-N  of an overlay: what was written since the checkpoint, and up to it
//   checkpoint            of the other methods: the tree to which reset brings it back
//   golden, method        over which tree it is, and how
// Beside them, golden-HASH is what an archive was unpacked to, for all instances.

import type {Surroundings} from '../source.js';
import {ownIds} from '../../processes.js';

export type Method = 'overlay' | 'btrfs' | 'reflink' | 'copy';

export interface Tree {
  /** The instance's name and making. */
  readonly name: string;
  readonly incarnation: string;
  readonly surroundings: Surroundings;
  /** Its own directory, and that of all instances. */
  readonly path: string;
  readonly backend: string;
  /** Where the golden tree comes from: a directory or an archive of one, or a line of sh that makes it. */
  readonly root: string | undefined;
  readonly line: string | undefined;
  readonly method: Method | 'auto';
  /** Starts what keeps it, over these trees where it is an overlay, topmost first. */
  readonly hold: (overlaid: readonly string[] | undefined) => Promise<void>;
  /** Ends what keeps it; it is gone already is fine. */
  readonly letGo: () => Promise<void>;
}

/** Whether this is an ordinary user, who needs a user namespace for what root can do. */
export function isOrdinaryUser(): boolean {
  return ownIds().uid !== 0;
}

/** What commands that run as an ordinary user's root are led by: owners and modes are then as root sees them. */
export function asRoot(): readonly string[] {
  return isOrdinaryUser() ? ['unshare', '--user', '--map-root-user', '--'] : [];
}
