// The hash of a source's configuration: of the settings that an instance is made by, and of each hook's name, mode and
// content. Instances whose hash is another one were made by another configuration. Limits do not count: who raises a
// maximum keeps what is cached.

import {join} from 'node:path';
import {Digest} from '../digest.js';
import {hasCode} from '../errors.js';
import {listNames, statOf} from '../files.js';
import {NotReadable, readPieces} from '../pieces.js';
import type {commonKeys} from './common-keys.js';
import type {Place, SourceDefinition} from './definition.js';
import {hookDirectoriesIn} from './hook-directories.js';

/** Remembers the last hash of each source, so that files are read again only when they have changed. */
export interface Remembered {
  readonly get: (key: string) => string | undefined;
  readonly set: (key: string, value: string) => void;
}

/** A change within this time of another cannot be told from it by a file's times. */
const timestampGrainMs = 2000;

/** The hash of a source's configuration; `now` decides which files' times can be relied on. */
export function hashOf(definition: SourceDefinition, remembered: Remembered, now: Date): string {
  const settings = digest(settingsThatMake(definition));
  const {place} = definition;
  const parts = place === undefined ? [] : listParts(place);
  if (place === undefined || parts.length === 0) return settings;
  const stamp = digest([settings, ...parts.map((part) => part.stamp)]);
  const [knownStamp, known] = (remembered.get(place.file) ?? '').split(' ');
  if (known !== undefined && knownStamp === stamp) return known;
  const hash = digest([settings, ...parts.map((part) => [part.name, part.mode, contentOf(part)])]);
  const newestMs = Math.max(...parts.map(({changedMs}) => changedMs));
  if (newestMs < now.getTime() - timestampGrainMs) remembered.set(place.file, `${stamp} ${hash}`);
  return hash;
}

/** Keys that say how many instances there are and how long they are kept, not what they are. */
const policyKeys: readonly string[] = [
  'reserve',
  'maximum',
  'starting',
  'max-age',
  'max-uses',
  'idle',
  'ttl',
  'hook-timeout',
  'labels',
] satisfies (keyof typeof commonKeys)[];

function settingsThatMake({settings}: SourceDefinition): unknown {
  return Object.entries(settings)
    .filter(([key, value]) => value !== undefined && !policyKeys.includes(key))
    .sort(([left], [right]) => (left < right ? -1 : 1));
}

interface Part {
  /** Relative to the source's directory. */
  readonly name: string;
  readonly path: string;
  readonly mode: string;
  /** Is another one when the file has changed. */
  readonly stamp: readonly string[];
  readonly changedMs: number;
}

function listParts({directory}: Place): Part[] {
  const hooks = hookDirectoriesIn(directory).flatMap((hookDirectory) =>
    listNames(join(directory, hookDirectory))
      .sort()
      .map((name) => `${hookDirectory}/${name}`),
  );
  return hooks.map((name) => {
    const path = join(directory, name);
    const stat = statOf(path);
    if (stat === undefined) return {name, path, mode: '', stamp: [name], changedMs: 0};
    const mode = stat.mode.toString(8);
    const facts = [stat.mode, stat.dev, stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs].map(
      String,
    );
    return {name, path, mode, stamp: [name, ...facts], changedMs: Number(stat.ctimeMs)};
  });
}

/** A digest of a file's bytes, of its times where those may not be read; a directory has none. */
function contentOf({path, stamp}: Part): string {
  const hash = new Digest();
  try {
    readPieces(path, (piece) => hash.update(piece));
  } catch (error) {
    if (hasCode(error, 'EACCES')) return digest(stamp);
    if (error instanceof NotReadable || hasCode(error, 'ENOENT', 'ELOOP', 'ENXIO')) return '';
    throw error;
  }
  return hash.hex();
}

function digest(facts: unknown): string {
  return new Digest().update(JSON.stringify(facts)).hex();
}
