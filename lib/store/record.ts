// Files of KEY=VALUE lines, one fact a line, for people and for sh.

import {CrcacheError, hasCode} from '../errors.js';
import {readText, writeWhole} from '../files.js';

export type Facts = Readonly<Record<string, string>>;

/** Facts as text; a line break in a value would forge a line, so it is written as a blank. */
export function formatFacts(facts: Facts): string {
  return Object.entries(facts)
    .map(([key, value]) => `${key}=${value.replaceAll(/[\r\n]+/g, ' ')}\n`)
    .join('');
}

export function parseFacts(text: string, path: string): Facts {
  const lines = text.split('\n').filter((line) => line !== '');
  const pairs = lines.map((line): [string, string] => {
    const equals = line.indexOf('=');
    if (equals < 1 || line.includes('\0')) throw damaged(path, `'${line.slice(0, 40)}'`);
    return [line.slice(0, equals), line.slice(equals + 1)];
  });
  return Object.fromEntries(pairs);
}

/** The text of a record; undefined where there is none. A directory in its place is damage. */
export function readRecord(path: string): string | undefined {
  try {
    return readText(path);
  } catch (error) {
    if (!hasCode(error, 'EISDIR')) throw error;
    throw new CrcacheError('damaged', `cannot read '${path}': it is a directory`, 'crcache fsck');
  }
}

/** The facts of a file; undefined where there is none. */
export function readFacts(path: string): Facts | undefined {
  const text = readRecord(path);
  return text === undefined ? undefined : parseFacts(text, path);
}

export function writeFacts(path: string, facts: Facts, options?: {flush: boolean}): void {
  writeWhole(path, formatFacts(facts), options);
}

export function damaged(path: string, what: string): CrcacheError {
  return new CrcacheError(
    'damaged',
    `cannot read '${path}': not KEY=VALUE: ${what}`,
    'crcache fsck',
  );
}
