// Copies what a block of code needs into its instance, where it goes with the instance's release.

import {CrcacheError} from '../../errors.js';
import {makeDirectory, writeWhole} from '../../files.js';
import {removeTree} from '../../trees.js';
import {askProgram} from '../../exec.js';
import {newNonce} from '../../store/worker.js';
import type {Cache} from '../cache.js';
import {copyFiles} from '../copy/copy.js';
import {nameOf} from '../copy/side.js';
import {planRun, type RunRequest} from '../run.js';
import {usableInstance} from '../usable.js';

type Target = Pick<RunRequest, 'instance' | 'user'>;

/** Copies a file or a directory of this machine; the value is its path in the instance. */
export async function bringIn(cache: Cache, target: Target, path: string): Promise<string> {
  const place = await copyFiles(cache, {
    sources: [{kind: 'here', path}],
    destination: {kind: 'instance', instance: target.instance, path: ''},
    preserves: false,
    follows: false,
    excludes: [],
  });
  if (place === undefined) throw new Error(`a copy of '${path}' has no directory of its own`);
  if (target.user !== undefined) await openFor(cache, target, place);
  return `${place}/${nameOf(path)}`;
}

/** The same for a text that is no file yet. */
export async function bringText(
  cache: Cache,
  target: Target,
  {name, text}: {name: string; text: string},
): Promise<string> {
  const {instance} = usableInstance(cache, target.instance);
  const scratch = `${instance.facts.directory}/${newNonce()}`;
  makeDirectory(scratch);
  try {
    writeWhole(`${scratch}/${name}`, text);
    return await bringIn(cache, target, `${scratch}/${name}`);
  } finally {
    removeTree(scratch);
  }
}

/** What is copied belongs to the instance's usual user: another one may read it. */
async function openFor(cache: Cache, {instance}: Target, place: string): Promise<void> {
  const words = ['chmod', '-R', 'a+rX', '--', place];
  const start = planRun(cache, {
    instance,
    words,
    terminal: 'off',
    isPlain: true,
    isAtTerminal: false,
  });
  const {status, stderr} = await askProgram(start.program, start.words, start);
  if (status !== 0) {
    throw new CrcacheError('failed', `cannot let others read '${place}': ${stderr.trim()}`);
  }
}
