// Names of sources as they come from users: on the command line, in files, as directories.

import {join} from 'node:path';
import {CrcacheError, hasCode, reasonOf} from '../errors.js';
import {exists, listNames, statOf} from '../files.js';
import {isSourceName, longestSourceName, parseInstanceName} from '../instance.js';
import {excerpt, UnusedError, type Unused} from './problem.js';
import type {Root} from './roots.js';

export interface SourceNames {
  readonly names: readonly string[];
  readonly warnings: readonly Unused[];
}

const nameHint =
  "a source's name begins with a letter, goes on with letters, digits, '.', '_' and '-', " +
  `does not end in -N, and has ${String(longestSourceName)} characters at most`;

/** The name, if it can be a source's; otherwise fails, saying where it stands. */
export function checkSourceName(name: string, place?: string): string {
  if (isSourceName(name)) return name;
  const at = place === undefined ? '' : `${place}: `;
  const source = parseInstanceName(name)?.source;
  if (source === undefined) {
    throw new CrcacheError('usage', `${at}'${excerpt(name)}' is not a source's name`, nameHint);
  }
  const hint = `did you mean the source '${source}'?`;
  throw new CrcacheError('usage', `${at}'${name}' is an instance's name, not a source's`, hint);
}

/** The sources that a root has; directories that are none are warnings. Reads no file. */
export function listSources(root: Root): SourceNames {
  const directory = join(root.path, 'sources');
  try {
    const found = listNames(directory)
      .filter((name) => !name.startsWith('.') && !isPlainFile(join(directory, name)))
      .map((name) => ({name, warning: warningOf(join(directory, name), name)}));
    return {
      names: found.filter(({warning}) => warning === undefined).map(({name}) => name),
      warnings: found.map(({warning}) => warning).filter((warning) => warning !== undefined),
    };
  } catch (error) {
    if (!hasCode(error, 'EACCES', 'ELOOP')) throw error;
    return {names: [], warnings: [unreadable(error, directory)]};
  }
}

/** A README beside the sources is nobody's mistake. */
function isPlainFile(path: string): boolean {
  return statOf(path)?.isDirectory() === false;
}

/** Why a directory of sources/ is no source. */
function warningOf(path: string, name: string): Unused | undefined {
  if (!isSourceName(name)) {
    return {file: path, what: "is not a source: its name cannot be one's", hint: nameHint};
  }
  try {
    if (exists(join(path, 'source.conf'))) return undefined;
    return {
      file: path,
      what: 'is not a source: it has no source.conf',
      hint: 'write one, or remove it',
    };
  } catch (error) {
    if (!hasCode(error, 'EACCES')) throw error;
    return unreadable(error, path);
  }
}

/** A file that may not be looked at, or cannot be. */
function unreadable(error: NodeJS.ErrnoException, path: string, hint?: string): Unused {
  return {file: error.path ?? path, what: `cannot be used: ${reasonOf(error)}`, hint};
}

/** Whether there is a source's file; fails where nobody can say. */
export function isThere(file: string): boolean {
  try {
    return exists(file);
  } catch (error) {
    if (!hasCode(error, 'EACCES')) throw error;
    throw new UnusedError(unreadable(error, file, 'mend its permissions, or set CRCACHE_CONFIG'));
  }
}
