// `crcache foo` is `crcache-foo` on the PATH, as with git.

import {runInForeground} from '../exec.js';
import {isExecutable, listNames} from '../files.js';
import type {Context, Environment} from './context.js';

const prefix = 'crcache-';

/** Executables on the PATH with this prefix are types of sources, not commands. */
const typePrefix = 'crcache-source-';

/** The path of the executable that stands behind a word, if there is one. */
export function findExtension(env: Environment, word: string): string | undefined {
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(word) || isType(prefix + word)) return undefined;
  return searchPath(env)
    .map((directory) => `${directory}/${prefix}${word}`)
    .find(isExecutable);
}

/** The words of all extensions on the PATH, in order. */
export function listExtensions(env: Environment): readonly string[] {
  const names = searchPath(env).flatMap((directory) =>
    listNames(directory).filter(
      (name) => name.startsWith(prefix) && !isType(name) && isExecutable(`${directory}/${name}`),
    ),
  );
  return [...new Set(names)].map((name) => name.slice(prefix.length)).sort();
}

/** Runs an extension in the caller's place: its streams, and its exit status. */
export function runExtension(
  context: Context,
  path: string,
  words: readonly string[],
): Promise<number> {
  context.trace(`extension '${path}'`);
  return runInForeground(path, words, {env: context.env, cwd: context.cwd});
}

function isType(name: string): boolean {
  return name.startsWith(typePrefix);
}

function searchPath(env: Environment): readonly string[] {
  return (env['PATH'] ?? '').split(':').filter((directory) => directory.startsWith('/'));
}
