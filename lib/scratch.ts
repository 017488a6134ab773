// Directories of one's own for a short while, in TMPDIR. A name says whose it is: what one who was killed has left is
// told from a living one's.

import fs from 'node:fs';
import {tmpdir} from 'node:os';
import {listNames} from './files.js';
import {
  fateOf,
  formatIdentity,
  identifySelf,
  ownIds,
  parseIdentity,
  readHere,
} from './processes.js';
import {removeTree} from './trees.js';

export interface Scratch {
  readonly path: string;
  readonly remove: () => void;
}

const prefix = 'crcache-of-';

export function makeScratch(): Scratch {
  return scratchNamed(`${prefix}${formatIdentity(identifySelf())},`);
}

/** The same under a short name, where sockets are to be made below it; nobody can tell whose it is. */
export function makeShortScratch(): Scratch {
  return scratchNamed('crcache-');
}

function scratchNamed(start: string): Scratch {
  const path = fs.mkdtempSync(`${tmpdir()}/${start}`);
  return {
    path,
    remove: () => {
      removeTree(path);
    },
  };
}

/** Removes those of processes that are gone, where they belong to this user. */
export function removeAbandonedScratch(): void {
  const here = readHere();
  for (const name of listNames(tmpdir())) {
    if (!name.startsWith(prefix)) continue;
    const owner = parseIdentity(name.slice(prefix.length, name.lastIndexOf(',')));
    if (owner === undefined || fateOf(owner, here) !== 'dead') continue;
    const path = `${tmpdir()}/${name}`;
    const entry = fs.lstatSync(path, {throwIfNoEntry: false});
    if (entry?.isDirectory() === true && entry.uid === ownIds().uid) removeTree(path);
  }
}
