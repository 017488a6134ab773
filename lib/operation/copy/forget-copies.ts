// Directories that cp made in an instance for files without a place of their own: they go when it is released. So does what
// a copy has left whose process was killed.

import {
  append,
  listNames,
  makeDirectory,
  readText,
  removeFile,
  removeIfEmpty,
  writeWhole,
} from '../../files.js';
import {askProgram} from '../../exec.js';
import {CrcacheError} from '../../errors.js';
import {removeTreesCommand} from '../../copy/remove-trees.js';
import type {Cache} from '../cache.js';
import type {Instance} from '../instance.js';
import {usableInstance, type Usable} from '../usable.js';

const file = 'copies';
const coming = 'coming';

/** Writes down a directory that is about to be made in an instance. */
export function keepForRelease(cache: Cache, word: string, path: string): void {
  const {instance} = usableInstance(cache, word);
  append(`${instance.facts.directory}/${file}`, `${path}\n`);
}

/** Writes down a directory of an instance for what is not in its place yet; the value is for when it has gone. */
export function noteComing({instance}: Usable, path: string): () => void {
  const directory = `${instance.facts.directory}/${coming}`;
  const note = `${directory}/${path.slice(path.lastIndexOf('/') + 1)}`;
  makeDirectory(directory);
  writeWhole(note, path);
  return () => {
    removeFile(note);
    removeIfEmpty(directory);
  };
}

/** Removes those directories from an instance. */
export async function forgetCopies(cache: Cache, {name, facts}: Instance): Promise<void> {
  const list = `${facts.directory}/${file}`;
  const notes = listNames(`${facts.directory}/${coming}`).map(
    (name) => `${facts.directory}/${coming}/${name}`,
  );
  const listed = (readText(list) ?? '').split('\n');
  const paths = [...listed, ...notes.map((note) => readText(note) ?? '')].filter(Boolean);
  if (paths.length === 0) return;
  const {env, cwd} = cache.caller;
  const {status, stderr} = await askProgram(
    `${facts.directory}/run`,
    ['sh', ...removeTreesCommand(paths)],
    {
      env: {...env, CRCACHE_RUN_INSIDE: `${name} plain`},
      cwd,
    },
  );
  if (status !== 0) {
    throw new CrcacheError(
      'failed',
      `cannot remove what was copied into '${name}': ${stderr.trim()}`,
    );
  }
  for (const each of [list, ...notes]) removeFile(each);
  removeIfEmpty(`${facts.directory}/${coming}`);
}
