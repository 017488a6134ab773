// Sources for a test's crcache, and states that no command would leave.

import * as assert from 'uvu/assert';
import {chmodSync, mkdirSync, readdirSync, symlinkSync, writeFileSync} from 'node:fs';
import type {Result} from './programs.js';
import type {Sandbox} from './sandbox.js';

/** Writes a source.conf of these lines into the test's configuration. */
export function configure(t: Sandbox, name: string, ...lines: readonly string[]): void {
  t.write(`config/sources/${name}/source.conf`, `${lines.join('\n')}\n`);
}

/** Runs crcache, which must succeed; the value is what it printed. */
export async function succeed(t: Sandbox, line: string): Promise<string> {
  const {status, stdout, stderr} = await t.crcache(line.split(' '));
  if (status !== 0) throw new Error(`'crcache ${line}' ended with ${String(status)}: ${stderr}`);
  return stdout;
}

/** Discards all instances when the test is over: what keeps them up would outlive it. */
export function discardAtEnd(t: Sandbox, env = t.env): void {
  const list = async (): Promise<string> => (await t.crcache(['list-instances'], {env})).stdout;
  t.atEnd(async () => {
    const names = (await list()).split('\n').filter((name) => name !== '');
    // One may go with another that stands on it.
    for (const name of names) await t.crcache(['discard-instance', '--force', name], {env});
    assert.is(await list(), '');
  });
}

/** Makes instances of a source by hand, as acquire and release would leave them. */
export function makeInstances(
  t: Sandbox,
  source: string,
  {
    count,
    state,
    directory: stateDirectory = `${t.dir}/state`,
  }: {count: number; state: 'cached' | 'in-use'; directory?: string},
): void {
  const directory = `${stateDirectory}/sources/${source}`;
  const since = new Date().toISOString();
  mkdirSync(`${directory}/${state}`, {recursive: true});
  mkdirSync(`${directory}/instances`, {recursive: true});
  for (let slot = 0; slot < count; slot++) {
    const name = `${source}-${String(slot)}`;
    const record = `${directory}/instances/${name}`;
    mkdirSync(record);
    const facts = {created: since, uses: '1', incarnation: 'abc'};
    for (const [file, text] of Object.entries(facts))
      writeFileSync(`${record}/${file}`, `${text}\n`);
    if (state === 'in-use') writeFileSync(`${record}/lease`, leaseText(since));
    symlinkSync(`../instances/${name}`, `${directory}/${state}/${name}`);
  }
}

function leaseText(since: string): string {
  const facts = {
    id: 'lease1',
    holder: 'someone',
    host: 'somewhere',
    user: 'someone',
    command: 'crcache acquire',
    cwd: '/',
    since,
  };
  return Object.entries(facts)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

/** Makes a directory read-only for the crcache that the value runs: by a mount for root, whom modes do not stop. */
export async function readOnly(
  t: Sandbox,
  directory: string,
): Promise<(...words: readonly string[]) => Promise<Result>> {
  if (process.getuid?.() !== 0) {
    const entries = readdirSync(directory, {recursive: true, withFileTypes: true});
    const paths = entries
      .filter((entry) => entry.isDirectory())
      .map(({parentPath, name}) => `${parentPath}/${name}`);
    for (const path of [directory, ...paths]) chmodSync(path, 0o500);
    t.atEnd(() => {
      for (const path of [directory, ...paths]) chmodSync(path, 0o700);
    });
    return (...words) => t.crcache(words);
  }
  t.needs('unshare');
  const mounted = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"';
  const run = (words: readonly string[]): Promise<Result> =>
    t.run('unshare', ['-m', 'sh', '-c', mounted, directory, ...words]);
  const {status, stderr} = await run(['true']);
  if (status !== 0) t.skip(`nothing can be mounted here: ${stderr}`);
  return (...words) => run(['crcache', ...words]);
}
