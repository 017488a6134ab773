// The logs of several sources as one, in the order of time.

import {isSourceName, parseInstanceName, sourceNameOf} from '../instance.js';
import {safe} from '../output/safe.js';
import {wasEverLogged, type LogEntry} from '../store/log.js';
import {LogReader} from '../store/log-reader.js';
import type {Cache} from './cache.js';
import {resolveInstance, unknownInstance} from './resolve.js';
import {tolerate} from './tolerate.js';

export type {LogEntry};

/** Whose entries are wanted. */
interface Wanted {
  readonly sources: ReadonlySet<string>;
  readonly instances: ReadonlySet<string>;
}

export class Logs {
  readonly #cache: Cache;
  readonly #wanted: Wanted | undefined;
  readonly #readers = new Map<string, LogReader>();

  /** The words are names of sources and of instances, also of such that are gone; without any, all is wanted. */
  constructor(cache: Cache, words: readonly string[]) {
    cache.store.checkFormat();
    this.#cache = cache;
    this.#wanted = words.length === 0 ? undefined : wantedBy(cache, words);
  }

  /** The last entries, the oldest first. */
  last(count: number): LogEntry[] {
    const entries = this.#collect((reader) => reader.last(count));
    return entries.slice(Math.max(0, entries.length - count));
  }

  /** The entries that were added since, also those of sources that came to be since. */
  next(): LogEntry[] {
    return this.#collect((reader) => reader.next());
  }

  #collect(read: (reader: LogReader) => readonly LogEntry[]): LogEntry[] {
    const entries = this.#sources().flatMap((source) => {
      const reader = this.#readers.get(source) ?? this.#readerOf(source);
      this.#readers.set(source, reader);
      return tolerate(this.#cache, `source '${source}'`, () => read(reader)) ?? [];
    });
    return entries.sort((a, b) => (a.time === b.time ? 0 : a.time < b.time ? -1 : 1));
  }

  #sources(): readonly string[] {
    const {store} = this.#cache;
    if (this.#wanted === undefined) return store.sourceNames();
    const {sources, instances} = this.#wanted;
    const ofInstances = [...instances].map(sourceNameOf);
    return [...new Set([...sources, ...ofInstances])];
  }

  #readerOf(source: string): LogReader {
    const wanted = this.#wanted;
    return new LogReader(this.#cache.store.source(source).directory, {
      isWanted: ({instance}) =>
        wanted === undefined || wanted.sources.has(source) || wanted.instances.has(instance),
      onBroken: (line, path) => {
        this.#cache.say(`'${path}' has a line that is no entry: ${safe(line.slice(0, 60))}`);
      },
    });
  }
}

function wantedBy(cache: Cache, words: readonly string[]): Wanted {
  const sources = new Set<string>();
  const instances = new Set<string>();
  for (const word of words) {
    if (isSource(cache, word)) sources.add(word);
    else instances.add(loggedInstance(cache, word));
  }
  return {sources, instances};
}

function isSource(cache: Cache, word: string): boolean {
  if (!isSourceName(word)) return false;
  return cache.store.source(word).exists || cache.findSource(word) !== undefined;
}

/** The instance that a word means, which exists or did so once. */
function loggedInstance(cache: Cache, word: string): string {
  const source = parseInstanceName(word)?.source;
  const isKnown = source !== undefined && cache.store.source(source).exists;
  const name = isKnown ? word : resolveInstance(cache, word);
  const state = cache.store.source(sourceNameOf(name));
  if (state.find(name) === undefined && !wasEverLogged(state.directory, name)) {
    throw unknownInstance(cache, word);
  }
  return name;
}
