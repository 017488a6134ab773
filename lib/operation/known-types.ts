// The types that crcache has by itself, by their names, and what is said of a name that no type has.

import {suggestType} from '../config/read-keys.js';
import {CrcacheError} from '../errors.js';
import {types, type Types} from '../source/registry.js';
import type {SourceType} from '../source/source.js';

export const typeNames: readonly string[] = types.map(({name}) => name);

/** The type of a name; a failure that tells the nearest one where there is none. */
export function knownType(types: Types, name: string): SourceType {
  const type = types.find(name);
  if (type !== undefined) return type;
  throw new CrcacheError('usage', `unknown type '${name}'`, suggestType(name, types.names()));
}
