// The end that a few files come from, where this process can see them.

import {encodeBytes} from '../../bytes.js';
import {openFew, type FewFiles, type HeldRoot} from '../../copy/few-files.js';
import {holdOwn, unlessFails} from '../../copy/held.js';
import {closeEnd} from '../../pipes.js';
import type {PipedEnd} from '../../piped.js';
import type {Cache} from '../cache.js';
import type {Outgoing} from './outgoing.js';
import {holdSeen, isSeen} from './seen.js';
import {nameOf} from './side.js';
import type {Transfer} from './transfer.js';
import {resolve} from './tree-outgoing.js';

/** Holds them; undefined where there is more to be said of them, or somebody else is to send them. */
export function holdFew(cache: Cache, request: Transfer): FewFiles | undefined {
  const {from, to, preserves, follows, excludes, only} = request;
  if (from.kind === 'stream' || only !== undefined) return undefined;
  if (preserves || follows || excludes.length > 0) return undefined;
  if (to.kind !== 'here' && !isSeen(cache, to)) return undefined;
  const {cwd} = cache.caller;
  const roots: HeldRoot[] = [];
  try {
    for (const path of from.paths) {
      const descriptor =
        from.kind === 'here'
          ? unlessFails(() => holdOwn(resolve(cwd, path)))
          : holdSeen(cache, from, path);
      if (descriptor === undefined) return undefined;
      roots.push({descriptor, name: encodeBytes(nameOf(path)).toString('latin1')});
    }
    return openFew(roots);
  } finally {
    for (const {descriptor} of roots) closeEnd(descriptor);
  }
}

export function fewFrom(files: FewFiles): Outgoing {
  let close = (): void => undefined;
  const end = new Promise<PipedEnd>((resolveEnd) => {
    close = (): void => {
      files.close();
      resolveEnd({status: 0, stderr: ''});
    };
  });
  return {entries: files, finish: () => Promise.resolve(true), close, end};
}
