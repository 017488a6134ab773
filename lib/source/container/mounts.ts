// Directories of this machine in a container: an engine mounts them when it makes one, and never later.

import {CrcacheError} from '../../errors.js';
import {readText, statOf} from '../../files.js';
import {idOf} from '../ids.js';
import type {BindImport} from '../source.js';
import {askEngine, engineOf, tellEngine, type Engine} from './engine.js';
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

/** Whether a container runs on this machine. */
export async function seesFiles(instance: ContainerInstance): Promise<boolean> {
  const words = ['exec', idOf(instance), 'cat', bootFile];
  const {status, stdout} = await askEngine(instance, engineOf(instance), words);
  return status === 0 && stdout === readText(bootFile);
}

const bootFile = '/proc/sys/kernel/random/boot_id';

/** Fails where a container has other directories than ours: its engine itself is in one. */
export async function seeSameFiles(
  instance: ContainerInstance,
  imports: readonly BindImport[],
): Promise<void> {
  const engine = engineOf(instance);
  const words = ['sh', '-c', 'for each; do ls -di -- "$each"; done', 'sh'];
  const remotes = imports.map(({remote}) => remote);
  const exec = ['exec', '--user', '0', idOf(instance), ...words, ...remotes];
  const said = (await tellEngine(instance, engine, exec)).split('\n').map((line) => line.trim());
  const own = imports.map(({local, remote}) => `${String(statOf(local)?.ino)} ${remote}`);
  if (said.join('\n') === own.join('\n')) return;
  throw new CrcacheError(
    'failed',
    `'${engine}' does not see the files of this machine`,
    "with ':copy' they are copied",
  );
}

/** Tells of what no image of it has, and a reset thus loses: what something has done in volumes of its own. */
export async function warnOfVolumes(instance: ContainerInstance, engine: Engine): Promise<void> {
  const told = await tellEngine(instance, engine, ['inspect', '--format', volumes, idOf(instance)]);
  const lost = told.split('\n').filter((line) => line !== '');
  if (lost.length === 0) return;
  const where = lost.map((path) => `'${path}'`).join(', ');
  instance.surroundings.say(
    `'${instance.name}': what provision.d does in ${where} goes at a reset: it is a volume, and in no image`,
  );
}

/** Those without a name of the user's: what is in a named one stays. */
const volumes =
  '{{range .Mounts}}{{if eq .Type "volume"}}{{if eq (len .Name) 64}}{{.Destination}}{{"\\n"}}{{end}}{{end}}{{end}}';
