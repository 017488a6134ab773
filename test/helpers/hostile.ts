// Instances that want to do harm.

import {readFileSync, writeFileSync} from 'node:fs';
import {acquireKind} from '../lib/source/contract/kinds.js';
import type {Sandbox} from './sandbox.js';

/** An instance whose tar sends what is in the file 'archive'. */
export async function sending(t: Sandbox): Promise<string> {
  const name = await acquireKind(t, {name: 'sim', source: 'fake', sources: {fake: ['type=sim']}});
  const root = (await t.crcache(['run', name, 'pwd'])).stdout.trim();
  t.write(
    'hostile/tar',
    `#!/bin/sh\ncase $1 in --version) echo 'GNU tar'; exit ;; esac\ncat ${t.dir}/archive\n`,
    0o755,
  );
  // The program stands in the way of commands in the instance alone.
  const run = `${t.dir}/state/sources/fake/instances/${name}/run`;
  const text = readFileSync(run, 'utf8');
  writeFileSync(
    run,
    text.replace('\n', `\n[ -z "\${crcache_plain:-}" ] && PATH=${t.dir}/hostile:$PATH\n`),
  );
  for (const each of ['tree', 'other']) writeFileSync(`${root}/${each}`, '');
  return name;
}
