// Directories that cp made in an instance for files without a place of their own: they go when it is released.

import {append, readText, removeFile} from '../../files.js';
import {askProgram} from '../../exec.js';
import {CrcacheError} from '../../errors.js';
import {removeTreesCommand} from '../../copy/remove-trees.js';
import type {Cache} from '../cache.js';
import type {Instance} from '../instance.js';
import {usableInstance} from '../usable.js';

const file = 'copies';

/** Writes down a directory that is about to be made in an instance. */
export function keepForRelease(cache: Cache, word: string, path: string): void {
  const {instance} = usableInstance(cache, word);
  append(`${instance.facts.directory}/${file}`, `${path}\n`);
}

/** Removes those directories from an instance. */
export async function forgetCopies(cache: Cache, {name, facts}: Instance): Promise<void> {
  const list = `${facts.directory}/${file}`;
  const paths = (readText(list) ?? '').split('\n').filter((path) => path !== '');
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
  removeFile(list);
}
