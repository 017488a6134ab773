// What a test mounts.

import {execFileSync} from 'node:child_process';
import {mountsIn} from '../../lib/trees.js';
import {findLeftOver} from './left-over.js';
import type {Sandbox} from './sandbox.js';

/** Unmounts it, if it is there still, when the test is over and nobody works in it in the background any more. */
export function unmountAtEnd(t: Sandbox, directory: string): void {
  t.atEnd(async () => {
    await findLeftOver(`HOME=${t.env['HOME'] ?? ''}`);
    if (mountsIn(directory).includes(directory)) execFileSync('umount', [directory]);
  });
}
