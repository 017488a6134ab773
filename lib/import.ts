// Imports: directories of this machine that are visible in an instance for as long as it is allocated. How they are
// written, LOCAL[:REMOTE][:ro|rw][:bind|copy|rsync|overlay], by source.conf and by people.

import {KeyProblem, type Key} from './keys.js';

const accesses = ['ro', 'rw'] as const;
const ways = ['bind', 'copy', 'rsync', 'overlay'] as const;

export type ImportWay = (typeof ways)[number];

export interface Import {
  /** The directory of this machine, as it is written. */
  readonly local: string;
  /** Where it is to be in the instance, from the home directory there; undefined: under the same path. */
  readonly remote: string | undefined;
  /** What is changed in a 'rw' import changes the local directory: at once, or, of a copy, at release. */
  readonly access: (typeof accesses)[number];
  /** Undefined: bound where that can be, otherwise copied. */
  readonly way: ImportWay | undefined;
}

/** Reads an import; a KeyProblem where it is none. */
export function parseImport(text: string): Import {
  const [local = '', ...rest] = text.split(':');
  const isRemote = rest[0] !== undefined && !isOneOf(accesses, rest[0]) && !isOneOf(ways, rest[0]);
  const remote = isRemote ? rest.shift() : undefined;
  const access = isOneOf(accesses, rest[0]) ? rest[0] : 'ro';
  if (isOneOf(accesses, rest[0])) rest.shift();
  const way = isOneOf(ways, rest[0]) ? rest[0] : undefined;
  if (way !== undefined) rest.shift();
  const isPath = (path: string): boolean => path !== '' && !/[\0\n]/.test(path);
  const isWhole = rest.length === 0 && isPath(local) && isPath(remote ?? local);
  if (!isWhole || /(^|\/)\.\.(\/|$)/.test(remote ?? '')) throw new KeyProblem(wanted);
  if (/^\/[/.]*$/.test(remote ?? local))
    throw new KeyProblem(`${form}, not at the root of an instance`);
  return {local, remote, access, way};
}

const form = 'LOCAL[:REMOTE][:ro|rw][:bind|copy|rsync|overlay]';
const wanted = `${form}, with no colon, no newline and no '..' in its paths`;

function isOneOf<Word extends string>(words: readonly Word[], word?: string): word is Word {
  return words.some((each) => each === word);
}

/** A key whose value is an import, as it is written. */
export function importKey(summary: string): Key<string | undefined> {
  return {
    value: form,
    fallback: undefined,
    summary,
    parse(text) {
      parseImport(text);
      return text;
    },
    show: (value) => value ?? '',
  };
}
