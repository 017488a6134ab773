// The ready-made hooks in hooks/, run by hand.

import * as assert from 'uvu/assert';
import type {Result} from './programs.js';
import {repository, type Sandbox} from './sandbox.js';

export const hooks = `${repository}/hooks`;

/** Runs the hooks of one phase twice, as an instance's that is in use; both runs must succeed. */
export async function runTwice(
  t: Sandbox,
  directory: string,
  {instance = 'local-0', env = {}}: {instance?: string; env?: Record<string, string>} = {},
): Promise<Result> {
  const source = instance.replace(/-[0-9]+$/, '');
  const all = {
    ...t.env,
    CRCACHE_SOURCE: source,
    CRCACHE_INSTANCE: instance,
    CRCACHE_INSTANCE_DIR: `${t.dir}/state/sources/${source}/instances/${instance}`,
    CRCACHE_PWD: t.dir,
    ...env,
  };
  const words = ['--exit-on-error', `--arg=${instance}`, `${hooks}/${directory}`];
  let last: Result | undefined;
  for (const time of ['first', 'second']) {
    last = await t.run('run-parts', words, {env: all});
    assert.is(last.status, 0, `${directory}, the ${time} time: ${last.stderr}`);
  }
  if (last === undefined) throw new Error('unreachable');
  return last;
}
