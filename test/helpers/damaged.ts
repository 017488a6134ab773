// Sources to damage the state of, and what must be true of it afterwards.

import {readdirSync} from 'node:fs';
import * as assert from 'uvu/assert';
import {findLeftOver} from './left-over.js';
import type {Result} from './programs.js';
import type {Sandbox} from './sandbox.js';

/** A source with a reserve, and a pool over it. The test waits for what its commands started in the background. */
export function configure(t: Sandbox, {reserve = 1, maximum = 5} = {}): void {
  const keys = `reserve=${String(reserve)}\nmaximum=${String(maximum)}\nbackend=${t.dir}/backend`;
  t.write('config/sources/s/source.conf', `[DEFAULT]\ntype=sim\n${keys}\n`);
  t.write('config/sources/p/source.conf', '[DEFAULT]\ntype=pool\nsources=s\n');
  t.write('config/crcache.conf', 'default-source=s\n');
  t.atEnd(() => assertAlone(t));
}

/** What commands have started in the background has ended. */
async function assertAlone(t: Sandbox): Promise<void> {
  assert.equal(await findLeftOver(`HOME=${t.dir}/home`), []);
}

export const inState = (t: Sandbox, file: string): string =>
  `${t.env['CRCACHE_DIR'] ?? ''}/${file}`;

export async function succeed(t: Sandbox, ...words: string[]): Promise<string> {
  const {status, stdout, stderr} = await t.crcache(words);
  assert.is(status, 0, `${words.join(' ')}: ${stdout}${stderr}`);
  return stdout;
}

/** gc does what is due, and then nothing is wrong. */
export async function assertMended(t: Sandbox): Promise<void> {
  await succeed(t, 'gc');
  assert.is(await succeed(t, 'fsck'), '');
}

/** One line that says what failed, and perhaps one that helps. */
export function assertClear({stderr}: Result, message: RegExp): void {
  assert.match(stderr, /^crcache: .+\n(hint: .+\n)?$/, stderr);
  assert.match(stderr, message, stderr);
}

/** The instances in all states but `trash/`, and those that the backend has, are the same. */
export async function assertNoneLost(t: Sandbox): Promise<void> {
  await assertAlone(t); // who makes or discards one has it in one of them a moment earlier
  const known = readdirSync(inState(t, 'sources/s/instances')).sort();
  const backend = readdirSync(`${t.dir}/backend`).flatMap((id) =>
    readdirSync(`${t.dir}/backend/${id}`),
  );
  assert.equal(backend.map((name) => name.replace(/\.[a-z0-9]+$/, '')).sort(), known);
}
