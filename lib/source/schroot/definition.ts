// What schroot's own configuration says of a chroot: only as much as tells what an instance of it can.

import {listNames, orUndefined, readText} from '../../files.js';

const directory = '/etc/schroot';

/**
 * Whether each session of a chroot has a tree of its own. Else all of them, and the chroot itself, are one tree. Of one
 * that is not configured nothing is known: it fails when an instance is made.
 */
export function hasTreesOfItsOwn(chroot: string): boolean {
  const definition = definitionOf(chroot);
  if (definition === undefined) return true;
  const {type = 'plain', 'union-type': union = 'none'} = definition;
  return type === 'file' || type.endsWith('-snapshot') || union !== 'none';
}

/** Whether a chroot is one of which schroot has no sessions. */
export function isPlain(chroot: string): boolean {
  const definition = definitionOf(chroot);
  return definition !== undefined && (definition['type'] ?? 'plain') === 'plain';
}

type Definition = Readonly<Record<string, string>>;

function definitionOf(chroot: string): Definition | undefined {
  const files = listNames(`${directory}/chroot.d`).map((name) => `${directory}/chroot.d/${name}`);
  for (const file of [`${directory}/schroot.conf`, ...files]) {
    for (const [, name = '', body = ''] of textOf(file).matchAll(group)) {
      const pairs = [...body.matchAll(pair)].map(([, key = '', value = '']) => [key, value]);
      const definition = Object.fromEntries(pairs) as Definition;
      const names = [name, ...(definition['aliases'] ?? '').split(',')];
      if (names.includes(chroot)) return definition;
    }
  }
  return undefined;
}

/** A file that only schroot may read says nothing. */
function textOf(file: string): string {
  return orUndefined(() => readText(file), 'EACCES') ?? '';
}

/** A group of a key file, up to the next one; and a line of it. */
const group = /^\[([^\]\n]+)\]([^]*?)(?=^\[|$(?![^]))/gm;
const pair = /^([a-z-]+)=(.*)$/gm;
