// Types that are modules: `type=./mine.mjs` in source.conf names a file that exports `type`, which is a SourceType.

import {createRequire} from 'node:module';
import {CrcacheError} from '../errors.js';
import {exists} from '../files.js';
import type {SourceType} from './source.js';

const verbs = [
  'capabilities',
  'identify',
  'make',
  'runScript',
  'probe',
  'check',
  'checkpoint',
  'endAll',
  'reset',
  'discard',
  'list',
] as const satisfies readonly (keyof SourceType)[];

/** The type that a file exports, or undefined where a name is no file's or there is no such file. */
export function loadModule(path: string): SourceType | undefined {
  if (!path.startsWith('/') || !exists(path)) return undefined;
  const exported = requireAt(path) as {readonly type?: Partial<SourceType>};
  const {type} = exported;
  const missing = verbs.filter((verb) => typeof type?.[verb] !== 'function');
  if (type === undefined || missing.length > 0) {
    throw new CrcacheError(
      'usage',
      `'${path}' exports no type: ${type === undefined ? "'type'" : missing.join(', ')} is missing`,
      'crcache-source-types(7) tells what a type is',
    );
  }
  return {
    ...(type as SourceType),
    summary: type.summary ?? path,
    keys: type.keys ?? {},
    name: path,
  };
}

function requireAt(path: string): unknown {
  try {
    return createRequire(path)(path);
  } catch (error) {
    throw new CrcacheError('usage', `cannot load '${path}': ${String(error)}`);
  }
}
