// Removing what is in a tree that is somebody else's, who may put symlinks in the way meanwhile: each directory is held
// before it is looked into.

import fs from 'node:fs';
import {closeEnd} from '../pipes.js';
import {ownIds} from '../processes.js';
import {areOnOneMount, heldPath, holdDirectory, pathIn, unlessFails} from './held.js';
import {leftAmong} from './part-name.js';

/** Of more than that, or deeper, the rest stays: whoever makes it anew all the time keeps nobody waiting. */
const most = 10_000;
const deepest = 100;

/** Removes what has a name there, a directory with all that is in it, as far as it goes. */
export function removeHeld(parent: number, name: Buffer): void {
  removeAll(parent, name, {depth: 0, count: {left: most}});
}

interface Way {
  readonly depth: number;
  readonly count: {left: number};
}

function removeAll(parent: number, name: Buffer, way: Way): void {
  const path = pathIn(parent, name);
  for (const remove of [fs.rmdirSync, fs.unlinkSync]) {
    if (unlessFails(() => (remove(path), true)) === true) return;
  }
  if (way.depth > deepest) return;
  unlessFails(() => {
    empty(parent, name, way);
    fs.rmdirSync(path);
  });
}

function empty(parent: number, name: Buffer, {depth, count}: Way): void {
  const directory = holdDirectory(parent, name);
  try {
    if (!areOnOneMount(directory, parent)) return;
    for (const each of fs.readdirSync(heldPath(directory), asBytes)) {
      if (--count.left < 0) return;
      removeAll(directory, each, {depth: depth + 1, count});
    }
  } finally {
    closeEnd(directory);
  }
}

const asBytes = {encoding: 'buffer'} as const;

/** Removes what copies have left in a directory whose process was killed. */
export function sweepHeld(directory: number): void {
  const names = fs.readdirSync(heldPath(directory), {encoding: 'latin1'});
  for (const name of leftAmong(names.filter((each) => each.startsWith('.crcache-')))) {
    const bytes = Buffer.from(name, 'latin1');
    const entry = unlessFails(() => fs.lstatSync(pathIn(directory, bytes)));
    if (entry?.isDirectory() === true && entry.uid === ownIds().uid) removeHeld(directory, bytes);
  }
}
