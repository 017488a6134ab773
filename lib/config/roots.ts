// Where configuration is looked up: the user's root, the project's, the system's, in this order. The first
// root that has a source wins, whole.

import {dirname, isAbsolute, join, resolve} from 'node:path';
import {isDirectory} from '../files.js';

export interface Root {
  readonly kind: 'user' | 'project' | 'system';
  readonly path: string;
}

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly home: string | undefined;
}

export interface SearchPath {
  readonly roots: readonly Root[];
  /** Why a root is missing that one would expect. */
  readonly warnings: readonly string[];
}

/** The search path; `system` is another directory than /etc/crcache in tests only. */
export function findRoots(from: Surroundings, system = '/etc/crcache'): SearchPath {
  const user = findUserRoot(from);
  const project = findProjectRoot(from.cwd);
  const roots: Root[] = [
    ...(user.path === undefined ? [] : [{kind: 'user' as const, path: user.path}]),
    ...(project === undefined ? [] : [{kind: 'project' as const, path: project}]),
    {kind: 'system', path: system},
  ];
  const isFirst = ({path}: Root, index: number): boolean =>
    roots.findIndex((root) => root.path === path) === index;
  return {roots: roots.filter(isFirst), warnings: user.warnings};
}

function findUserRoot({env, cwd, home}: Surroundings): {path?: string; warnings: string[]} {
  const given = env['CRCACHE_CONFIG'] ?? '';
  if (given !== '') return {path: resolve(cwd, given), warnings: []};
  const xdg = env['XDG_CONFIG_HOME'] ?? '';
  if (isAbsolute(xdg)) return {path: join(xdg, 'crcache'), warnings: []};
  // The XDG specification has relative paths ignored.
  const warnings = xdg === '' ? [] : [`XDG_CONFIG_HOME is ignored: '${xdg}' is not absolute`];
  if (home !== undefined && isAbsolute(home)) {
    return {path: join(home, '.config/crcache'), warnings};
  }
  const what = (home ?? '') === '' ? 'HOME is not set' : `HOME is '${home ?? ''}', not absolute`;
  return {warnings: [...warnings, `${what}: the user's configuration is not read`]};
}

/** `.crcache` of a directory, or of the nearest one above it that has one. */
function findProjectRoot(directory: string): string | undefined {
  const path = join(directory, '.crcache');
  if (isDirectory(path)) return path;
  const parent = dirname(directory);
  return parent === directory ? undefined : findProjectRoot(parent);
}

/** Where a path in a configuration file leads: from its directory on, ~/ being the home. */
export function resolvePath(
  path: string,
  {directory, home}: {readonly directory: string; readonly home: string | undefined},
): string {
  if (home !== undefined && (path === '~' || path.startsWith('~/'))) {
    return join(home, path.slice(1));
  }
  return resolve(directory, path);
}
