// Which source and which instance a word means.

import {CrcacheError} from '../errors.js';
import {isSourceName, parseInstanceName, sourceNameOf} from '../instance.js';
import {nearest} from '../nearest.js';
import type {Place} from '../store/place.js';
import type {Cache, Source} from './cache.js';
import {locateStream} from './stream/locate.js';
import {isStreamWord} from './stream/names.js';

/** The source that is named, or the one that is meant where none is. */
export function resolveSource(cache: Cache, word: string | undefined): Source {
  return cache.source(word ?? cache.configuration.defaultSource());
}

/**
 * The name of the instance that a word means: an exact name; a source's name means its only instance in use; then
 * 'pool0' means 'pool-0'; ':1' is that of a stream. The instance need not exist.
 */
export function resolveInstance(cache: Cache, word: string): string {
  if (isStreamWord(word)) return locateStream(cache, word);
  const exact = parseInstanceName(word);
  if (exact !== undefined && isSource(cache, exact.source, word)) return word;
  if (isSourceName(word) && isSource(cache, word, word)) return onlyInUse(cache, word);
  const [, source, slot] = /^(.*[^0-9-])(0|[1-9][0-9]*)$/.exec(word) ?? [];
  if (source !== undefined && slot !== undefined && isSource(cache, source, word)) {
    return `${source}-${slot}`;
  }
  throw unknownInstance(cache, word);
}

/** An instance that there is, where it is, and whose. */
export interface Found {
  readonly name: string;
  readonly source: Source;
  readonly place: Place;
}

/** The instance that a word means. */
export function findInstance(cache: Cache, word: string): Found {
  const name = resolveInstance(cache, word);
  const source = cache.source(sourceNameOf(name));
  const place = source.state.find(name);
  if (place === undefined) throw unknownInstance(cache, word);
  return {name, source, place};
}

export function unknownInstance(cache: Cache, word: string): CrcacheError {
  const sources = cache.sourceNames();
  const instances = sources.flatMap((name) => cache.store.source(name).allPlaces());
  const near = nearest(word, [...instances.map(({instance}) => instance), ...sources]);
  return new CrcacheError(
    'not-found',
    `no instance '${word}'`,
    near === undefined ? 'crcache status -a' : `did you mean '${near}'?`,
  );
}

/** Whether there is a source that a word may mean. Of one that nobody can read there is no instance. */
function isSource(cache: Cache, name: string, word: string): boolean {
  const wrong = whyUnreadable(cache, name);
  if (wrong === undefined) return cache.findSource(name) !== undefined;
  throw new CrcacheError('not-found', `no instance '${word}': ${wrong.message}`, wrong.hint);
}

/** What is wrong with the configuration of a source that has no instances, so that nothing else is known of it. */
export function whyUnreadable(cache: Cache, name: string): CrcacheError | undefined {
  try {
    cache.findSource(name);
    return undefined;
  } catch (error) {
    const isWrong = error instanceof CrcacheError && error.kind === 'usage';
    if (!isWrong || cache.store.source(name).count() > 0) throw error;
    return error;
  }
}

function onlyInUse(cache: Cache, source: string): string {
  const inUse = cache.store.source(source).placesIn('in-use');
  const [only, ...others] = inUse;
  if (only !== undefined && others.length === 0) return only.instance;
  const names = inUse.map(({instance}) => instance).join(', ');
  throw new CrcacheError(
    'not-found',
    only === undefined
      ? `source '${source}' has no instance in use`
      : `source '${source}' has several instances in use: ${names}`,
    only === undefined ? `crcache acquire -s ${source}` : 'name one of them',
  );
}
