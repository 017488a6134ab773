// What a file of streams says: for each stream a source, or a type with keys, which is a source without a name.

import {isMapping, readPart, type Data, type Part} from '../../config/structured.js';
import {newSourceText} from '../../config/new-source.js';
import {CrcacheError} from '../../errors.js';
import {exists, makeDirectory, writeWhole} from '../../files.js';
import {Digest} from '../../digest.js';
import {nearest} from '../../nearest.js';
import type {Cache} from '../cache.js';
import {nameless} from '../known-sources.js';
import {isStreamName} from './names.js';

/** The source of each stream. */
export type StreamSources = Readonly<Record<string, string>>;

/** Reads FILE or FILE:path. All sources are known then, and nothing is made. */
export async function readStreams(cache: Cache, word: string): Promise<StreamSources> {
  const part = await readPart(word, cache.caller.cwd);
  const sources = entriesOf(part).map(([name, definition]) => {
    if (isStreamName(name)) return [name, sourceOf(cache, {part, name, definition})] as const;
    throw new CrcacheError('usage', `'${part.name}': '${name}' is no name of a stream`);
  });
  return Object.fromEntries(sources);
}

/** The streams below the key `streams`, or all that there is; those of a list are numbered from 1. */
function entriesOf(part: Part): [string, Data][] {
  const {data} = part;
  const streams = isMapping(data) && data['streams'] !== undefined ? data['streams'] : data;
  if (Array.isArray(streams)) {
    return (streams as readonly Data[]).map((each, index) => [String(index + 1), each]);
  }
  if (isMapping(streams)) return Object.entries(streams);
  if (streams === null) return [];
  throw new CrcacheError('usage', `'${part.name}' has no streams`, 'streams: {1: {type: process}}');
}

interface Entry {
  readonly part: Part;
  readonly name: string;
  readonly definition: Data;
}

function sourceOf(cache: Cache, entry: Entry): string {
  const {part, name, definition} = entry;
  const where = `'${part.name}': stream '${name}'`;
  if (!isMapping(definition)) throw noSourceOf(entry);
  const {source, type, ...keys} = definition;
  const [extra] = Object.keys(keys);
  if (typeof source === 'string' && type === undefined) {
    if (extra === undefined) return inPlace(where, () => cache.source(source).name);
    throw new CrcacheError('usage', `${where} has a source, and '${extra}' besides`);
  }
  if (source !== undefined && type !== undefined) {
    throw new CrcacheError('usage', `${where} has a source and a type: one of them is enough`);
  }
  if (typeof type !== 'string') throw noSourceOf(entry);
  return namelessSource(cache, {where, type, keys});
}

function noSourceOf({part, name, definition}: Entry): CrcacheError {
  if (!holdsStreams(definition)) {
    return new CrcacheError(
      'usage',
      `'${part.name}': stream '${name}' wants a source or a type`,
      '{source: build}, {type: process}',
    );
  }
  const below = `${part.file}:${[...part.steps, name].join('.')}`;
  const isMistyped = nearest(name, ['streams']) !== undefined;
  return new CrcacheError(
    'usage',
    `'${part.name}': '${name}' holds streams, and is none`,
    isMistyped ? "did you mean 'streams'?" : `'${below}' names those below it`,
  );
}

function holdsStreams(data: Data): boolean {
  if (Array.isArray(data)) return (data as readonly Data[]).some(isDefinition);
  if (!isMapping(data)) return false;
  return data['streams'] !== undefined || Object.values(data).some(isDefinition);
}

const isDefinition = (data: Data): boolean =>
  isMapping(data) && ('source' in data || 'type' in data);

/** Words for types, and what such a source is where the stream does not say more. */
const words: Readonly<Record<string, {type: string; maximum?: string}>> = {
  process: {type: 'local', maximum: '1000'},
  local: {type: 'local', maximum: '1000'},
  remote: {type: 'ssh'},
};

/** The source of these keys; its name is that of its text, so that the same is found again. */
function namelessSource(
  cache: Cache,
  {where, type: word, keys}: {where: string; type: string; keys: Readonly<Record<string, Data>>},
): string {
  const {type, ...usual} = words[word] ?? {type: word};
  const found = cache.types.find(type);
  if (found === undefined) {
    const near = nearest(word, [...Object.keys(words), ...cache.types.names()]);
    const hint = near === undefined ? undefined : `did you mean '${near}'?`;
    throw new CrcacheError('usage', `${where}: unknown type '${word}'`, hint);
  }
  const settings = Object.entries({...usual, ...keys}).map(
    ([key, value]) => `${wholeKey(key, {type, known: Object.keys(found.keys)})}=${textOf(value)}`,
  );
  const text = inPlace(where, () =>
    newSourceText({name: 'stream', type, summary: found.summary, settings, types: cache.types}),
  );
  const name = `${nameless.prefix}${new Digest().update(text).hex().slice(0, 8)}`;
  const directory = `${cache.store.directory}/${nameless.root}/sources/${name}`;
  if (!exists(`${directory}/source.conf`)) {
    cache.store.open();
    makeDirectory(directory);
    writeWhole(`${directory}/source.conf`, text);
  }
  return name;
}

/** 'host' is enough where the type has 'ssh_host'. */
function wholeKey(key: string, {type, known}: {type: string; known: readonly string[]}): string {
  const long = `${type}_${key}`;
  return !known.includes(key) && known.includes(long) ? long : key;
}

function textOf(value: Data): string {
  if (Array.isArray(value)) return (value as readonly Data[]).map(textOf).join(',');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function inPlace<Value>(where: string, make: () => Value): Value {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof CrcacheError)) throw error;
    throw new CrcacheError(error.kind, `${where}: ${error.message}`, error.hint);
  }
}

/** The source of streams that no file defines: the one that is asked for or configured, else this machine. */
export function defaultSource(cache: Cache, word: string | undefined): string {
  const name = word ?? cache.configuration.defaultSource();
  const {definition} = cache.source(name);
  if (word !== undefined || definition.place !== undefined) return name;
  return namelessSource(cache, {where: 'default', type: 'process', keys: {}});
}
