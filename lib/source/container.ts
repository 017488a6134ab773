// Containers of docker or podman: each is kept running by a process that does nothing, and entered by exec. Its name is
// its id; a reset makes it anew, from the image or from what provision.d made of that.

import {containerKeys, type ContainerInstance} from './container/keys.js';
import {
  endFromWithin,
  isHere,
  isRunning,
  processesIn,
  startContainer,
} from './container/holding.js';
import {askEngine, engineOf, tellEngine} from './container/engine.js';
import {seesFiles, seeSameFiles} from './container/mounts.js';
import {containerScript} from './container/way.js';
import {effectiveCores} from './cores.js';
import {CrcacheError} from '../errors.js';
import {readText, writeWhole} from '../files.js';
import {idOf, listedIn} from './ids.js';
import {endLocalProcesses} from './local-processes.js';
import {defineType, type BindImport} from './source.js';

export const container = defineType<typeof containerKeys>({
  name: 'container',
  summary: 'containers of docker or podman',
  keys: containerKeys,
  capabilities: () => ({
    isolation: 'root',
    sharesFiles: false,
    reset: true,
    survivesReboot: false,
    imports: 'bind-anew',
    root: true,
    network: 'own',
    reboot: false,
    park: false,
  }),
  identify: (instance) => ({id: idOf(instance)}),
  async make(instance) {
    const engine = await engineOf(instance);
    await startContainer(instance, engine, {image: instance.settings.image, imports: []});
    return {engine};
  },
  runScript: (instance) =>
    containerScript(instance, instance.handle['engine'] === 'docker' ? 'docker' : 'podman'),
  probe: () => Promise.resolve(effectiveCores()),
  check: async (instance) => isRunning(instance, await engineOf(instance)),
  async checkpoint(instance) {
    await endAll(instance);
    const engine = await engineOf(instance);
    const changes = await tellEngine(instance, engine, ['diff', idOf(instance)]);
    if (changes.split('\n').every((line) => isOfEngine(line))) return;
    await tellEngine(instance, engine, ['commit', idOf(instance), imageOf(instance)]);
    writeWhole(checkpointOf(instance), imageOf(instance));
  },
  endAll,
  seesFiles,
  async bind(instance, imports) {
    await makeAnew(instance, imports);
    await seeSameFiles(instance, imports);
  },
  unbind: () => Promise.resolve(), // its mounts are the container's, which reset and discard remove
  reset: (instance) => makeAnew(instance, []),
  async discard(instance) {
    await endLocalProcesses(instance);
    await remove(instance);
    const engine = await engineOf(instance);
    if (readText(checkpointOf(instance)) !== undefined) {
      await askEngine(instance, engine, ['rmi', '--force', imageOf(instance)]);
    }
  },
  async list(source) {
    const engine = await engineOf(source);
    const ours = ['--filter', `label=crcache.store=${source.storeId}`, '--format'];
    const containers = await tellEngine(source, engine, ['ps', '--all', ...ours, '{{.Names}}']);
    return containers.split('\n').flatMap((line) => listedIn(line, source));
  },
});

/** Ends all that runs in it, its holder excepted. */
async function endAll(instance: ContainerInstance): Promise<void> {
  await endLocalProcesses(instance, () => processesIn(instance));
  if (!isHere(instance)) await endFromWithin(instance, await engineOf(instance));
}

/** Makes the container anew, as it was at its checkpoint, with directories of this machine in it. */
async function makeAnew(
  instance: ContainerInstance,
  imports: readonly BindImport[],
): Promise<void> {
  await endLocalProcesses(instance);
  await remove(instance);
  const image = readText(checkpointOf(instance)) ?? instance.settings.image;
  await startContainer(instance, await engineOf(instance), {image, imports});
}

/** Removes the container; one that is gone already is fine. */
async function remove(instance: ContainerInstance): Promise<void> {
  const engine = await engineOf(instance);
  const {stderr} = await askEngine(instance, engine, [
    'rm',
    '--force',
    '--volumes',
    idOf(instance),
  ]);
  const named = ['ps', '--all', '--quiet', '--filter', `name=^${idOf(instance)}$`];
  if ((await tellEngine(instance, engine, named)) === '') return;
  throw new CrcacheError('failed', `cannot remove container '${idOf(instance)}': ${stderr.trim()}`);
}

/** What an engine itself changes in every container. */
function isOfEngine(change: string): boolean {
  return change === '' || (/^[AC] \/(etc|dev|run)(\/|$)/.test(change) && !change.startsWith('A'));
}

function imageOf(instance: ContainerInstance): string {
  return `${idOf(instance)}:checkpoint`;
}

function checkpointOf({directory}: ContainerInstance): string {
  return `${directory}/checkpoint`;
}
