// Where the caller's PATH has a program.

import {isExecutable} from '../files.js';
import type {Cache} from './cache.js';

export function onPath({caller}: Cache, name: string): string | undefined {
  const directories = (caller.env['PATH'] ?? '').split(':').filter((each) => each !== '');
  return directories.map((each) => `${each}/${name}`).find(isExecutable);
}
