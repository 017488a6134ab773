// What is so when all that was asked for has ended: nothing runs, and nobody holds or waits for anything.

import * as assert from 'uvu/assert';
import {existsSync, readdirSync} from 'node:fs';
import {findLeftOver} from './left-over.js';
import type {Sandbox} from './sandbox.js';

/** What of a source is not at rest: its instances in use or on their way, and its tickets. */
export function unrest(t: Sandbox): string[] {
  const sources = `${t.dir}/state/sources`;
  const states = ['in-use', 'provisioning', 'allocating', 'releasing', 'discarding', 'queue'];
  return namesIn(sources).flatMap((source) =>
    states.flatMap((state) =>
      namesIn(`${sources}/${source}/${state}`)
        .filter((name) => !name.endsWith('.new')) // half a file of one who was killed, until it is old
        .map((name) => `${source}/${state}/${name}`),
    ),
  );
}

/** Nothing is held, nothing runs, and fsck and gc find nothing to do. */
export async function assertAtRest(t: Sandbox): Promise<void> {
  // Who keeps house in the background may have something on its way until then.
  assert.equal(await findLeftOver(`CRCACHE_DIR=${t.dir}/state`), []);
  assert.equal(unrest(t), []);
  for (const words of [
    ['gc', '--dry-run'],
    ['fsck', '-q'],
  ]) {
    const {status, stdout, stderr} = await t.crcache(words);
    assert.equal([words[0], status, stdout, stderr], [words[0], 0, '', '']);
  }
}

function namesIn(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}
