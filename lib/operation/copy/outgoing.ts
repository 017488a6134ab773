// The end of a copy that files come from, as one that this process reads.

import {cutOff, type EntrySource} from '../../copy/entry.js';
import {ends} from '../../copy/manner.js';
import {ArchiveReader} from '../../copy/read-archive.js';
import type {Piped, PipedEnd} from '../../piped.js';
import {closeEnd} from '../../pipes.js';

export interface Outgoing {
  readonly entries: EntrySource;
  /** Called after the last entry: whether there was anything at all. A problem where it was not all. */
  readonly finish: () => Promise<boolean>;
  readonly close: () => void;
  readonly end: Promise<PipedEnd>;
}

/** A program that writes an archive to a pipe; our stdin has none. */
export function archiveFrom(descriptor: number, {end}: Piped): Outgoing {
  const reader = new ArchiveReader(descriptor);
  let isOpen = descriptor > 2;
  const close = (): void => {
    if (isOpen) closeEnd(descriptor);
    isOpen = false;
  };
  return {
    entries: reader,
    async finish() {
      close();
      const {status} = await end;
      if (status !== 0 && reader.received === 0) return false; // it says itself why
      if (!reader.isWhole || status === ends.isTorn) throw cutOff();
      return true;
    },
    close,
    end,
  };
}
