// The key of what is at one place on this machine, wherever crcache is called: a part of a path would be another place
// for whoever calls it elsewhere.

import {KeyProblem, path, type Key} from '../keys.js';

export function wholePath(summary: string): Key<string | undefined> {
  return {
    ...path(summary),
    parse(given) {
      if (given.startsWith('/')) return given;
      throw new KeyProblem('a whole path, which begins with /');
    },
  };
}
