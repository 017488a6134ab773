// What a program prints, all of it, for who wants it as text.

import {constants} from 'node:buffer';
import type {Readable} from 'node:stream';
import {CrcacheError, hasCode} from './errors.js';

/** Reads a stream to its end. More than fits into a text is a failure, and ends the stream. */
export async function readWhole(stream: Readable): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const piece of stream as AsyncIterable<Buffer>) {
      bytes += piece.length;
      if (bytes > constants.MAX_STRING_LENGTH) throw tooMuch();
      pieces.push(piece);
    }
  } catch (error) {
    if (!hasCode(error, 'ERR_STREAM_PREMATURE_CLOSE')) throw error; // whoever wrote was ended
  }
  return Buffer.concat(pieces).toString();
}

function tooMuch(): CrcacheError {
  const mebibytes = Math.floor(constants.MAX_STRING_LENGTH / 2 ** 20);
  return new CrcacheError(
    'failed',
    `a command printed more than ${String(mebibytes)} MiB`,
    'have it write to a file, and copy that',
  );
}
