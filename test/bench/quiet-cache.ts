// The operations in the bench's own process, on a state directory of its own.

import type {Cache} from '../../lib/operation/cache.js';
import {openCache} from '../../lib/operation/open.js';
import {noStep} from '../../lib/steps.js';
import {noTrace} from '../../lib/trace.js';
import type {Sandbox} from '../helpers/sandbox.js';

/** A cache that traces nothing, and has nothing to say: whatever it would tell its user is a failure. */
export function quietCache({env, dir}: Pick<Sandbox, 'env' | 'dir'>): Cache {
  return openCache(
    {
      env,
      cwd: dir,
      home: env['HOME'],
      user: () => 'bench',
      uid: process.getuid?.() ?? 0,
      pid: process.pid,
      program: ['true'],
      commandLine: 'bench',
      now: () => new Date(),
      trace: noTrace,
      step: noStep,
    },
    (line) => {
      throw new Error(line);
    },
  );
}
