// barrier: on this machine it is the script that jobs have.

import {runInForeground, type ForegroundOptions} from '../../exec.js';
import {barrier} from './scripts.js';

export function meet(words: readonly string[], options: ForegroundOptions): Promise<number> {
  return runInForeground('sh', ['-c', barrier, 'barrier', ...words], options);
}
