// Names as the words of programs, which take no more than so many at once.

import {decodeBytes} from '../../bytes.js';

/** A name of a listing, which is in latin1, as a word. */
export const toWord = (path: string): string => decodeBytes(Buffer.from(path, 'latin1'));

/** As many names as fit into a command line, wherever it is. */
export function* inBatches(paths: readonly string[]): Generator<readonly string[]> {
  let batch: string[] = [];
  let length = 0;
  for (const path of paths) {
    length += path.length + 20;
    if (length > largestBatch && batch.length > 0) {
      yield batch;
      batch = [];
      length = path.length + 20;
    }
    batch.push(path);
  }
  if (batch.length > 0) yield batch;
}

/** Linux takes words of 128 KiB, and a run script may make one of all. */
const largestBatch = 65_536;
