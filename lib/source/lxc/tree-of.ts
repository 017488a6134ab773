// The tree of a container: LXC mounts it where the container alone sees it.

import {Digest} from '../../digest.js';
import {CrcacheError} from '../../errors.js';
import {isDirectory, makeDirectory, renameToFree, writeWhole} from '../../files.js';
import {quote} from '../../quote.js';
import {removeTree} from '../../trees.js';
import type {BindImport} from '../source.js';
import type {Method, Tree} from '../tree/tree.js';
import {configText} from './config.js';
import {start, stop} from './container.js';
import {backendOf, type LxcInstance, pathOf} from './keys.js';

const methods: Readonly<Record<LxcInstance['settings']['backing'], Method>> = {
  overlay: 'overlay',
  snapshot: 'btrfs',
  dir: 'copy',
};

/** The tree, with directories of this machine in it. */
export function treeOf(instance: LxcInstance, imports: readonly BindImport[] = []): Tree {
  const {name, incarnation, surroundings, settings} = instance;
  return {
    ...{name, incarnation, surroundings},
    path: pathOf(instance),
    backend: backendOf(instance),
    root: settings.rootfs,
    line: settings.provision_command,
    method: methods[settings.backing],
    async hold(overlaid) {
      writeWhole(`${pathOf(instance)}/config`, configText(instance, {overlaid, imports}));
      await start(instance);
    },
    letGo: () => stop(instance),
  };
}

/** Where the golden tree comes from: what a template makes it makes once. What several make at once, one keeps. */
export async function goldenOf(instance: LxcInstance): Promise<string | undefined> {
  const {template, rootfs} = instance.settings;
  if (template.length === 0 || rootfs !== undefined) return rootfs;
  const backend = backendOf(instance);
  const line = template.map(quote).join(' ');
  const name = `golden-${new Digest().update(line).hex()}`;
  if (isDirectory(`${backend}/${name}`)) return `${backend}/${name}/rootfs`;
  const fresh = `${name}.${instance.incarnation}`;
  makeDirectory(backend);
  removeTree(`${backend}/${fresh}`);
  const [kind = '', ...words] = template;
  const made = ['-P', backend, '-n', fresh, '-t', kind, '--', ...words];
  const {askTool} = instance.surroundings;
  const {status, stderr} = await askTool('lxc-create', made, {isQuoted: true});
  if (status !== 0)
    throw new CrcacheError('failed', `template '${line}' makes no tree: ${causeIn(stderr)}`);
  if (!renameToFree(`${backend}/${fresh}`, `${backend}/${name}`)) removeTree(`${backend}/${fresh}`);
  return `${backend}/${name}/rootfs`;
}

/** The template's last word is the cause of what lxc-create says then; without one that is the first that it says itself. */
function causeIn(said: string): string {
  const lines = said.split('\n').filter((line) => line.trim() !== '');
  const ofTemplate = lines.findLast((line) => !line.startsWith('lxc-create: '));
  const first = lines[0]?.replace(/^lxc-create: .*?: [0-9]+ /, '');
  return ofTemplate?.trim() ?? first ?? 'lxc-create does not say why';
}
