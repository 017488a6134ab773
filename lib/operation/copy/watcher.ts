// Who watches a copy is told how much is to come, and how much has.

import type {Advance} from '../../copy/pump.js';
import {sizeCommand} from '../../copy/size-script.js';
import type {Cache} from '../cache.js';
import {askSh} from './ends.js';
import type {From} from './transfer.js';

export interface Watcher {
  /** Told once about how many bytes come, where that can be found out. */
  readonly expect: (bytes: number) => void;
  readonly advance: Advance;
}

interface Watched {
  readonly follows: boolean;
  readonly watcher: Watcher | undefined;
}

/** Finds out how much there is to copy, beside copying it. */
export function tellSize(cache: Cache, from: From, {follows, watcher}: Watched): void {
  if (watcher === undefined || from.kind === 'stream') return;
  askSh(cache, from, {words: sizeCommand(from.paths, {follows})}).then(
    ({stdout}) => {
      const sizes = stdout.toString().match(/^[0-9]+/gm) ?? [];
      if (sizes.length > 0) watcher.expect(Math.min(...sizes.map(Number)) * 1024);
    },
    () => undefined, // then nobody knows
  );
}
