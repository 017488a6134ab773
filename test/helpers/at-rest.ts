// What is so when all that was asked for has ended: nothing runs, and nobody holds or waits for anything.

import * as assert from 'uvu/assert';
import {existsSync, readdirSync} from 'node:fs';
import {until} from './held.js';
import {findLeftOver, findMarked, type LeftOver} from './left-over.js';
import type {Sandbox} from './sandbox.js';

/** What of a source is not at rest: its instances in use or on their way, and its tickets. */
export function unrest(t: Sandbox): string[] {
  const sources = `${t.dir}/state/sources`;
  const states = ['in-use', 'provisioning', 'allocating', 'releasing', 'discarding', 'queue'];
  return namesIn(sources).flatMap((source) =>
    states.flatMap((state) =>
      namesIn(`${sources}/${source}/${state}`).map((name) => `${source}/${state}/${name}`),
    ),
  );
}

/** Nothing is held, nothing runs, and fsck and gc find nothing to do. */
export async function assertAtRest(t: Sandbox): Promise<void> {
  assert.equal(unrest(t), []);
  const mark = `CRCACHE_DIR=${t.dir}/state`;
  await until(() => !findMarked(mark).some(keepsHouse), 'what keeps house has ended');
  assert.equal(await findLeftOver(mark), []);
  for (const words of [
    ['gc', '--dry-run'],
    ['fsck', '-q'],
  ]) {
    const {status, stdout, stderr} = await t.crcache(words);
    assert.equal([words[0], status, stdout, stderr], [words[0], 0, '', '']);
  }
}

/** Each watcher has done what is due once its process is gone: for twenty of them that takes a busy machine a while. */
function keepsHouse({command}: LeftOver): boolean {
  return / gc( -q| --auto)?$/.test(command);
}

function namesIn(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}
