// What a request wishes of its instances, beside their number: labels, and what they can do. An instance meets a wish by its
// source, or by that of what it stands on.

import {isLabel} from '../config/labels.js';
import {CrcacheError} from '../errors.js';
import {parseInstanceName} from '../instance.js';
import type {Cache, Source} from './cache.js';
import {readBacking} from './instance.js';

export interface Wish {
  /** As its user wrote it. */
  readonly words: string;
  readonly isMetBy: (source: Source) => boolean;
}

/** An instance is wanted that meets all of them. */
export type Wishes = readonly Wish[];

/** Labels of a request, each KEY=VALUE. */
export function parseLabels(labels: readonly string[]): Wishes {
  const wrong = labels.find((label) => !isLabel(label));
  if (wrong !== undefined) {
    throw new CrcacheError('usage', `option '--label' wants KEY=VALUE, not '${wrong}'`);
  }
  return labels.map((words) => ({
    words,
    isMetBy: ({settings}) => settings.labels.includes(words),
  }));
}

/** Those that what a source's instances stand on must meet, as the source does not itself. */
export function unmetBy(source: Source, wanted: Wishes): Wishes {
  return wanted.filter(({isMetBy}) => !isMetBy(source));
}

/** The sources that instances which meet these wishes can stand on. */
export function sourcesBelowWith(cache: Cache, source: Source, wanted: Wishes): Source[] {
  const missing = unmetBy(source, wanted);
  return cache.sourcesBelow(source).filter((below) => canHave(cache, below, missing));
}

/** Whether a source can have instances that meet these wishes. */
export function canHave(cache: Cache, source: Source, wanted: Wishes): boolean {
  if (unmetBy(source, wanted).length === 0) return true;
  return sourcesBelowWith(cache, source, wanted).length > 0;
}

/** Whether an instance of a source meets these wishes. */
export function meets(
  cache: Cache,
  {source, name}: {readonly source: Source; readonly name: string},
  wanted: Wishes,
): boolean {
  const missing = unmetBy(source, wanted);
  if (missing.length === 0) return true;
  const backing = readBacking(cache, source.state.instancePath(name))?.name;
  const parts = backing === undefined ? undefined : parseInstanceName(backing);
  const below = parts === undefined ? undefined : cache.findSource(parts.source);
  if (backing === undefined || below === undefined) return false;
  return meets(cache, {source: below, name: backing}, missing);
}
