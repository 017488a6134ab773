// The file `imports` of an instance: what is imported, in the order in which it was brought, one JSON line each. It is
// written before anything is brought, and goes when all is undone.

import {CrcacheError} from '../../errors.js';
import {newNonce} from '../../store/worker.js';
import {exists, removeFile, writeWhole} from '../../files.js';
import {readRecord} from '../../store/record.js';

export interface ImportRecord {
  /** Names this import for ever. */
  readonly nonce: string;
  readonly local: string;
  readonly remote: string;
  readonly access: 'ro' | 'rw';
  /** 'shared': the instance sees it under this path anyway. */
  readonly how: 'shared' | 'bind' | 'overlay' | 'copy';
  /** Given, a copy is sent by that where both sides have it. */
  readonly by?: 'rsync';
  /** The instance that binds it: this one, or one that it stands on. */
  readonly level: string;
  /** What was changed in the copy is back, or is not wanted. */
  readonly isSaved?: boolean;
}

export const isMounted = ({how}: ImportRecord): boolean => how === 'bind' || how === 'overlay';

/** Whether what was changed in a copy is to be written back, and is not yet. */
export const isUnsaved = ({how, access, isSaved}: ImportRecord): boolean =>
  how === 'copy' && access === 'rw' && isSaved !== true;

export function readImports(directory: string): readonly ImportRecord[] {
  return recordsIn(`${directory}/imports`);
}

/** The records in a file. */
export function recordsIn(path: string): readonly ImportRecord[] {
  if (!exists(path)) return []; // most have none, and a file that is not there takes longer to read than one that is
  const lines = (readRecord(path) ?? '').split('\n').filter((line) => line !== '');
  try {
    return lines.map((line) => JSON.parse(line) as ImportRecord);
  } catch {
    throw new CrcacheError('damaged', `cannot read '${path}': not JSON`, 'crcache fsck');
  }
}

export function writeImports(directory: string, records: readonly ImportRecord[]): void {
  writeRecords(`${directory}/imports`, records);
}

export function writeRecords(path: string, records: readonly ImportRecord[]): void {
  const text = records.map((record) => `${JSON.stringify(record)}\n`).join('');
  writeWhole(path, text, {flush: true});
}

export function forgetImports(directory: string): void {
  removeFile(`${directory}/imports`);
}

/** Has nothing written back. */
export function dropChanges(directory: string): void {
  const records = readImports(directory);
  if (records.length === 0) return;
  writeImports(
    directory,
    records.map((record) => ({...record, isSaved: true})),
  );
}

/** Where it stands what a directory held when it was copied, from when the copy was whole. */
export function baseFile(directory: string, {nonce}: ImportRecord): string {
  return `${directory}/import-${nonce}.base`;
}

/** Where what is in a copy is on its way back. */
export function cameIn(directory: string, {nonce}: ImportRecord): string {
  return `${directory}/import-${nonce}.came`;
}

/** The same import, brought once more: what was kept beside a file of the first one stays. */
export function asNew({isSaved: _, ...record}: ImportRecord): ImportRecord {
  return {...record, nonce: newNonce()};
}
