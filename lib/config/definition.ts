// What the configuration says of one source.

import type {Settings} from './source-config.js';
import type {Origins} from './read-keys.js';
import type {Root} from './roots.js';

export interface SourceDefinition {
  readonly name: string;
  /** The values of the keys that every source has, and of those of its type. */
  readonly settings: Settings;
  readonly origins: Origins;
  /** Where it is defined; undefined for the source `local` that is there without configuration. */
  readonly place: Place | undefined;
}

export interface Place {
  readonly root: Root;
  /** Holds source.conf and the directories of hooks. */
  readonly directory: string;
  /** Its source.conf. */
  readonly file: string;
}
