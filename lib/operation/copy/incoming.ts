// The end of a copy that files go to, as one that this process writes to.

import {emptyFile, type EntrySink} from '../../copy/entry.js';
import {holdOwn} from '../../copy/held.js';
import {LargeFiles} from '../../copy/large-files.js';
import {largeOf, markerOf} from '../../copy/manner.js';
import {ArchiveWriter} from '../../copy/write-archive.js';
import {CrcacheError, isFromSystem, reasonOf} from '../../errors.js';
import type {Piped, PipedEnd} from '../../piped.js';
import {closeEnd, writeAll} from '../../pipes.js';
import {readPlace} from './told-place.js';

export interface Incoming {
  readonly entries: EntrySink;
  /** All is there: what has come is put in its place. */
  readonly finish: () => Promise<void>;
  /** What has come is removed, unless it was put in its place. */
  readonly close: () => Promise<void>;
  readonly end: Promise<PipedEnd>;
}

interface Unpacking {
  /** The copy's. */
  readonly nonce: string;
  readonly preserves: boolean;
  /** Where the program tells the place for large files. */
  readonly answer?: number | undefined;
  /** Holds what is at a path as the program has it. */
  readonly hold?: (path: string) => number | undefined;
}

/** Whoever reads our stdout, of which nobody else says why it cannot be written. */
export function archiveToStdout(): Incoming {
  const writer = new ArchiveWriter((bytes) => {
    try {
      writeAll(1, bytes);
    } catch (error) {
      if (!isFromSystem(error) || error.code === 'EPIPE') throw error;
      throw new CrcacheError('failed', `cannot write stdout: ${reasonOf(error)}`);
    }
  });
  return {
    entries: writer,
    finish() {
      writer.finish();
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
    end: Promise.resolve({status: 0, stderr: ''}),
  };
}

/** A program that unpacks an archive from a pipe. */
export function archiveTo(descriptor: number, {end}: Piped, unpacking: Unpacking): Incoming {
  const writer = new ArchiveWriter((bytes) => {
    writeAll(descriptor, bytes);
  });
  const large = largeFiles(writer, unpacking);
  return {
    entries: large ?? writer,
    finish() {
      writer.begin({...emptyFile, path: `./${markerOf(unpacking.nonce)}`, mode: 0o600});
      writer.finish();
      return Promise.resolve();
    },
    close() {
      large?.close();
      closeEnd(descriptor);
      return Promise.resolve(); // a program that finds no marker removes what has come
    },
    // Until then it may tell.
    end: end.finally(() => {
      if (unpacking.answer !== undefined) closeEnd(unpacking.answer);
    }),
  };
}

function largeFiles(
  writer: ArchiveWriter,
  {answer, hold = holdOwn, nonce, preserves}: Unpacking,
): LargeFiles | undefined {
  if (answer === undefined) return undefined;
  const name = largeOf(nonce);
  const find = (): number | undefined => {
    const path = readPlace(answer)?.path;
    return path === undefined ? undefined : hold(path.slice(0, -name.length));
  };
  return new LargeFiles(writer, {find, name, givesAway: preserves});
}
