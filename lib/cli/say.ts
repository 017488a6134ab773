// Messages beside the data: on stderr, a line each, unless --quiet.

import {harmless} from '../output/safe.js';
import type {Context} from './context.js';

/** Tells the user what happened beside what was asked for. */
export function sayTo({stderr, isQuiet}: Context): (line: string) => void {
  return (line) => {
    if (isQuiet) return;
    // Nobody is told that nobody can be told.
    const words = harmless(`${line.startsWith('hint: ') ? '' : 'crcache: '}${line}\n`);
    stderr.write(words).catch(() => undefined);
  };
}
