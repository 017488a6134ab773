// What is told of a sync: what was done, or would be.

import type {Plan} from '../../copy/compare-trees.js';
import {CrcacheError} from '../../errors.js';
import {showPath} from './conclude.js';

/** A line for each name. */
export function listSync({clear, send, set, remove, kept}: Plan): string {
  const lines = (word: string, paths: readonly string[]): string[] =>
    paths.map((path) => `${word} ${path === '' ? '.' : showPath(path)}\n`);
  return [
    ...lines('remove', clear),
    ...lines('send', send),
    ...lines('set', set),
    ...lines('remove', remove),
    ...lines('keep', kept),
  ].join('');
}

/** All in one line. */
export function describeSync({clear, send, set, remove, same}: Plan, isDry: boolean): string {
  const would = isDry ? 'would be ' : '';
  const removed = clear.length + remove.length;
  return `${String(send.length)} ${would}sent, ${String(set.length)} set, ${String(removed)} removed; ${String(same)} the same`;
}

/** Fails where something could not be done. */
export function checkSync({blocked, leftOut}: Plan): void {
  const [first] = blocked;
  if (first !== undefined) {
    throw new CrcacheError(
      'failed',
      `cannot overwrite directory '${showPath(first.path)}' with something else`,
      first.holdsExcluded ? 'it holds files that are excluded' : 'with --delete it goes',
    );
  }
  const [device] = leftOut;
  if (device === undefined) return;
  throw new CrcacheError(
    'failed',
    `'${showPath(device)}' is a device or a socket and was left out`,
    'with -p, as root, devices are copied too',
  );
}
