// Directories of this machine in a container: an engine mounts them when it makes one, and never later.

import {CrcacheError} from '../../errors.js';
import {readText, statOf} from '../../files.js';
import {idOf} from '../ids.js';
import type {BindImport} from '../source.js';
import {engineOf, tellEngine} from './engine.js';
import type {ContainerInstance} from './keys.js';

/** What an engine's run is told. It reads them as a line of CSV. */
export function mountWords({local, remote, mode}: BindImport): readonly string[] {
  const fields = [
    'type=bind',
    `source=${local}`,
    `target=${remote}`,
    ...(mode === 'ro' ? ['readonly'] : []),
  ];
  const quoted = fields.map((field) =>
    /[",]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field,
  );
  return ['--mount', quoted.join(',')];
}

/** Fails where a container has other directories than ours: its engine is then that of another machine. */
export async function seeSameFiles(
  instance: ContainerInstance,
  imports: readonly BindImport[],
): Promise<void> {
  const engine = await engineOf(instance);
  const words = ['cat /proc/sys/kernel/random/boot_id; for each; do ls -di -- "$each"; done', 'sh'];
  const remotes = imports.map(({remote}) => remote);
  const exec = ['exec', '--user', '0', idOf(instance), 'sh', '-c', ...words, ...remotes];
  const said = (await tellEngine(instance, engine, exec)).split('\n').map((line) => line.trim());
  const own = imports.map(({local, remote}) => `${String(statOf(local)?.ino)} ${remote}`);
  const boot = readText('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
  if (said.join('\n') === [boot, ...own].join('\n')) return;
  throw new CrcacheError(
    'failed',
    `'${engine}' does not see the files of this machine`,
    "with ':copy' they are copied",
  );
}
