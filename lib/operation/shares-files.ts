// Whether an instance sees the files of this machine.

import type {Cache} from './cache.js';
import {levelsOf, type Instance} from './instance.js';
import {usableInstance} from './usable.js';

export interface Sharing {
  /** Whether the files of this machine are in it, under the same paths. */
  readonly shares: boolean;
  /** Whether its files are its own, and go with it. */
  readonly hasOwnFiles: boolean;
  /** What a copy into it is to be, where its source says so. */
  readonly wish: 'link' | 'symlink' | undefined;
}

export function isSharingFiles(cache: Cache, word: string): Sharing {
  return sharingOf(cache, usableInstance(cache, word).instance);
}

export function sharingOf(cache: Cache, instance: Instance): Sharing {
  const levels = levelsOf(cache, instance).map(({type, facts}) =>
    type.capabilities(facts.settings),
  );
  const wish = levels.find(({copies}) => copies !== undefined)?.copies;
  return {
    hasOwnFiles: levels.some(({isolation}) => isolation === 'root' || isolation === 'machine'),
    shares: levels.every(({sharesFiles}) => sharesFiles),
    wish: wish === 'copy' ? undefined : wish,
  };
}
