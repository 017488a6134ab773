// The library, as a test of another project has it: built, and with the environment of its process.

import {createRequire} from 'node:module';
import type * as library from '../../lib/index.js';
import {repository, type Sandbox} from './sandbox.js';

export type Library = typeof library;

/** The library in a sandbox: this process is the one that holds the streams. */
export function loadLibrary(t: Sandbox): Library {
  const was = {...process.env};
  const cwd = process.cwd();
  Object.assign(process.env, t.env);
  process.chdir(t.dir);
  t.atEnd(() => {
    process.chdir(cwd);
    for (const key of Object.keys(t.env)) process.env[key] = was[key] ?? '';
  });
  return createRequire(import.meta.url)(`${repository}/dist/index.cjs`) as Library;
}
