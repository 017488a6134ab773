// The end of a copy that files go to, as one that this process writes to.

import {emptyFile, type EntrySink} from '../../copy/entry.js';
import {markerOf} from '../../copy/manner.js';
import {ArchiveWriter} from '../../copy/write-archive.js';
import type {Piped, PipedEnd} from '../../piped.js';
import {closeEnd} from '../../pipes.js';

export interface Incoming {
  readonly entries: EntrySink;
  /** All is there: what has come is put in its place. */
  readonly finish: () => Promise<void>;
  /** What has come is removed, unless it was put in its place. */
  readonly close: () => Promise<void>;
  readonly end: Promise<PipedEnd>;
}

/** A program that reads an archive from a pipe, or whoever reads our stdout, which has no nonce. */
export function archiveTo(descriptor: number, {end}: Piped, nonce?: string): Incoming {
  const writer = new ArchiveWriter(descriptor);
  return {
    entries: writer,
    finish() {
      if (nonce !== undefined)
        writer.begin({...emptyFile, path: `./${markerOf(nonce)}`, mode: 0o600});
      writer.finish();
      return Promise.resolve();
    },
    close() {
      if (descriptor > 2) closeEnd(descriptor);
      return Promise.resolve(); // a program that finds no marker removes what has come
    },
    end,
  };
}
