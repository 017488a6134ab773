// What a check-type has left that was killed together with its watcher.

import {listAbandonedShortScratch} from '../scratch.js';
import type {Cache} from './cache.js';
import type {Due} from './tidy.js';

export function strayGrounds({caller}: Cache): Omit<Due, 'source'>[] {
  return listAbandonedShortScratch().map((path) => ({
    what: `remove what a check-type that is gone has left in '${path}'`,
    run: async () => {
      const {clearAbandoned} = await import('./check-type/ground.js');
      return clearAbandoned(path, caller);
    },
  }));
}
