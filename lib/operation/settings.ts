// The settings of a source as they are in effect, and where each of them comes from.

import {commonKeys} from '../config/common-keys.js';
import {writeIniValue} from '../config/ini.js';
import {readText} from '../files.js';
import type {Key, KeyTable} from '../keys.js';
import type {Cache, Source} from './cache.js';

/** One value of a key; a key that repeats has several, one that is not set none. */
export interface Setting {
  readonly key: string;
  readonly value: string;
  /** The value as it can stand in source.conf. */
  readonly written: string;
  /** 'FILE:LINE', 'default', or 'probe' for what instances were found to have. */
  readonly origin: string;
}

/** The keys that a source can have: those of every source, then those of its type. */
export function keysOf({types}: Cache, {settings, type}: Source): KeyTable {
  return {...commonKeys, ...(types.keysOf(settings.type) ?? type.keys)};
}

/** All values of a source's keys, in the order of the keys. */
export function settingsOf(cache: Cache, source: Source): Setting[] {
  const {definition} = source;
  return Object.entries(keysOf(cache, source)).flatMap(([key, meaning]) => {
    const from = definition.origins[key] ?? 'default';
    const isDefault = from === 'default';
    const found = isDefault ? foundOf(source, key) : undefined;
    const values = found?.values ?? textsOf(meaning, definition.settings[key]);
    const origins = found === undefined ? originsIn(from, values.length) : [];
    return values.map((value, index) => ({
      key,
      value,
      written: writeIniValue(value),
      origin: found?.origin ?? origins[index] ?? from,
    }));
  });
}

interface Found {
  readonly values: readonly string[];
  readonly origin: string;
}

/** What holds where a key is not given and its default stands for something else. */
function foundOf({type, settings, state}: Source, key: string): Found | undefined {
  if (key === 'maximum') {
    const places = type.places?.(settings, settings.maximum);
    return places === undefined ? undefined : {values: [String(places)], origin: 'default'};
  }
  if (key !== 'concurrency') return undefined;
  const probed = state.allPlaces().flatMap(({instance}) => {
    return readText(`${state.instancePath(instance)}/concurrency`)?.trim() ?? [];
  });
  return probed.length === 0 ? undefined : {values: [...new Set(probed)], origin: 'probe'};
}

function textsOf(key: Key<unknown>, value: unknown): string[] {
  if (value === undefined) return [];
  if (key.repeats !== true || !Array.isArray(value)) return [key.show(value)];
  return value.map((each) => key.show([each]));
}

/** The lines of a key that stands on several, in their order. */
function originsIn(from: string, count: number): string[] {
  return count === 1 ? [from] : from.split(/(?<=:[0-9]+), /);
}
