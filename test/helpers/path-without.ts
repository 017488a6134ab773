// A machine that lacks programs, as far as those see that look for them on the PATH.

import {mkdirSync, readdirSync, symlinkSync} from 'node:fs';
import path from 'node:path';
import {orUndefined} from '../../lib/files.js';
import {repository, type Sandbox} from './sandbox.js';

/** A PATH with every program of this machine but these. */
export function pathWithout(t: Sandbox, ...missing: readonly string[]): string {
  const directory = path.join(t.dir, `without-${missing.join('-')}`);
  mkdirSync(directory);
  for (const each of (t.env['PATH'] ?? '').split(':')) {
    if (each === path.join(repository, 'cmd')) continue; // it looks beside itself
    for (const name of orUndefined(() => readdirSync(each), 'ENOENT') ?? []) {
      if (missing.includes(name)) continue;
      orUndefined(() => (symlinkSync(`${each}/${name}`, `${directory}/${name}`), true), 'EEXIST');
    }
  }
  return `${path.join(repository, 'cmd')}:${directory}`;
}
