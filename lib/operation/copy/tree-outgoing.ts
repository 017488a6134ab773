// The end that files of this machine come from where who receives knows plain archives alone: this process reads them.

import {decodeBytes, encodeBytes} from '../../bytes.js';
import {TreeReader} from '../../copy/read-tree.js';
import {exists, realPath} from '../../files.js';
import type {PipedEnd} from '../../piped.js';
import type {Cache} from '../cache.js';
import type {Outgoing} from './outgoing.js';
import {nameOf} from './side.js';
import type {Transfer} from './transfer.js';

/** Whether files say how long they are: those that the kernel makes do not. */
export function haveSizes({caller: {cwd}}: Cache, paths: readonly string[]): boolean {
  return paths.every((path) => !/^\/(proc|sys)(\/|$)/.test(realPath(resolve(cwd, path)) ?? ''));
}

export function treesFrom(
  {caller: {cwd}}: Cache,
  paths: readonly string[],
  {follows, excludes, only}: Pick<Transfer, 'follows' | 'excludes' | 'only'>,
): Outgoing {
  const said: string[] = [];
  let status = 0;
  const tell = (line: string, isFailure = true): void => {
    said.push(`${line}\n`);
    if (isFailure) status = 1;
  };
  const there = paths.filter((path) => exists(resolve(cwd, path)));
  for (const path of paths) if (!there.includes(path)) tell(`there is no '${path}'`);
  const reader = new TreeReader({
    roots: there.map((path) => ({path: resolve(cwd, path), name: nameOf(path)})),
    follows,
    excludes: excludes.map((each) => encodeBytes(each).toString('latin1')),
    only: only?.keys(),
    onMissing: (path, why) => {
      const name = decodeBytes(Buffer.from(path, 'latin1'));
      if (why === 'socket') tell(`${name}: socket ignored`, false);
      else tell(`${name}: ${why}`);
    },
  });
  let close = (): void => undefined;
  const end = new Promise<PipedEnd>((resolveEnd) => {
    close = (): void => {
      reader.close();
      resolveEnd({status, stderr: said.join('')});
    };
  });
  return {entries: reader, finish: () => Promise.resolve(there.length > 0), close, end};
}

/** The path of a word; with a slash at its end, it is the directory behind a symlink. */
export function resolve(cwd: string, word: string): string {
  const path = word.startsWith('/') ? word : `${cwd}/${word}`;
  return path.endsWith('/') ? `${path}.` : path;
}
