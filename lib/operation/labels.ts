// Labels: from which sources of a pool a request wants its instances. An instance has the labels of its source, and those
// of what it stands on.

import {CrcacheError} from '../errors.js';
import {parseInstanceName} from '../instance.js';
import type {Cache, Source} from './cache.js';
import {readBacking} from './instance.js';

/** Each 'KEY=VALUE'; an instance is wanted that has all of them. */
export type Labels = readonly string[];

/** Labels of a request, as their user wrote them. */
export function parseLabels(words: readonly string[]): Labels {
  const wrong = words.find((word) => !/^[^=]+=./.test(word));
  if (wrong === undefined) return words;
  throw new CrcacheError('usage', `option '--label' wants KEY=VALUE, not '${wrong}'`);
}

/** Those that what a source's instances stand on must have, as the source has them not itself. */
export function missingLabels({settings}: Source, wanted: Labels): Labels {
  return wanted.filter((label) => !settings.labels.includes(label));
}

/** The sources that instances with these labels can stand on. */
export function sourcesBelowWith(cache: Cache, source: Source, wanted: Labels): Source[] {
  const missing = missingLabels(source, wanted);
  return cache.sourcesBelow(source).filter((below) => canHave(cache, below, missing));
}

/** Whether a source can have instances with these labels. */
export function canHave(cache: Cache, source: Source, wanted: Labels): boolean {
  if (missingLabels(source, wanted).length === 0) return true;
  return sourcesBelowWith(cache, source, wanted).length > 0;
}

/** Whether an instance of a source has these labels. */
export function hasLabels(
  cache: Cache,
  {source, name}: {readonly source: Source; readonly name: string},
  wanted: Labels,
): boolean {
  const missing = missingLabels(source, wanted);
  if (missing.length === 0) return true;
  const backing = readBacking(cache, source.state.instancePath(name))?.name;
  const parts = backing === undefined ? undefined : parseInstanceName(backing);
  const below = parts === undefined ? undefined : cache.findSource(parts.source);
  if (backing === undefined || below === undefined) return false;
  return hasLabels(cache, {source: below, name: backing}, missing);
}
