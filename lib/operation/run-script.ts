// The way into an instance, as its type says it and with what its source has around commands.

import {makeExecutable, writeWhole} from '../files.js';
import {putAround} from './around.js';
import type {Cache} from './cache.js';
import type {Instance} from './instance.js';

/** Writes an instance's run script. It names the state directory, and is written anew where that has been moved. */
export function writeRunScript(cache: Cache, instance: Instance): void {
  const {type, facts} = instance;
  const path = `${facts.directory}/run`;
  writeWhole(path, putAround(cache, instance, type.runScript(facts)));
  makeExecutable(path);
}
