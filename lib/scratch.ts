// Directories of one's own for a short while, in TMPDIR. A name says whose it is: what one who was killed has left is
// told from a living one's.

import fs from 'node:fs';
import {tmpdir} from 'node:os';
import {listNames, writeWhole} from './files.js';
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

/** The same under a short name, where sockets are to be made below it: whose it is says a file in it. */
export function makeShortScratch(): Scratch {
  const scratch = scratchNamed('crcache-');
  writeWhole(`${scratch.path}/${ownerFile()}`, '');
  return scratch;
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

const ownerPrefix = 'of@';

function ownerFile(): string {
  return `${ownerPrefix}${formatIdentity(identifySelf())}`;
}

/** Removes those of processes that are gone, where they belong to this user. */
export function removeAbandonedScratch(): void {
  for (const name of listNames(tmpdir())) {
    if (!name.startsWith(prefix)) continue;
    if (!isGone(name.slice(prefix.length, name.lastIndexOf(',')))) continue;
    const path = `${tmpdir()}/${name}`;
    if (isOwnDirectory(path)) removeTree(path);
  }
}

/** Those with a short name. They may hold what is to be ended first. */
export function listAbandonedShortScratch(): string[] {
  const paths = listNames(tmpdir())
    .filter((name) => /^crcache-[A-Za-z0-9]{6}$/.test(name))
    .map((name) => `${tmpdir()}/${name}`);
  return paths.filter(
    (path) => isOwnDirectory(path) && isGone(ownerFileOf(path)?.slice(ownerPrefix.length) ?? ''),
  );
}

/** The first words of a sh that begins with `takingShortScratch`. */
export function wordsForTaking(path: string): readonly [string, string, string] {
  return [path, ownerFileOf(path) ?? ownerPrefix, ownerFile().replace(/[0-9]+,[0-9]+$/, '')];
}

/** Code of sh: makes it this sh's own, and ends where it belongs to another one than was seen. */
export const takingShortScratch = `
owner=$1 next=$2
shift 2
read -r stat </proc/$$/stat && start=$(set -- \${stat##*) } && echo "\${20}") || exit
mv "$0/$owner" "$0/$next$$,$start" || exit
`;

function ownerFileOf(path: string): string | undefined {
  return listNames(path).find((name) => name.startsWith(ownerPrefix));
}

function isGone(identity: string): boolean {
  const owner = parseIdentity(identity);
  return owner !== undefined && fateOf(owner, readHere()) === 'dead';
}

function isOwnDirectory(path: string): boolean {
  const entry = fs.lstatSync(path, {throwIfNoEntry: false});
  return entry?.isDirectory() === true && entry.uid === ownIds().uid;
}
