// Containers of docker or podman: each is kept running by a process that does nothing, and entered by exec. Its name is
// its id; a reset makes it anew, from the image or from what provision.d made of that.

import {containerKeys, type Container, type ContainerInstance} from './container/keys.js';
import {addressOfProcess} from './container/address.js';
import {
  endFromWithin,
  fileOf,
  isRunning,
  processesIn,
  startContainer,
} from './container/holding.js';
import {
  chooseEngine,
  engineOf,
  enginesOf,
  findEngine,
  notedEngine,
  tellEngine,
  type Engine,
} from './container/engine.js';
import {seesFiles, seeSameFiles, warnOfVolumes} from './container/mounts.js';
import {containerScript} from './container/way.js';
import {effectiveCores} from './cores.js';
import {notedIn} from './holder.js';
import {imageOf, keepImage, ownersOfImages, prepareImage, removeImages} from './container/image.js';
import {removeContainer} from './container/removal.js';
import {idOf, listedIn} from './ids.js';
import {endLocalProcesses} from './local-processes.js';
import {defineType, type BindImport, type Listed, type SourceFacts} from './source.js';

export const container = defineType<typeof containerKeys>({
  name: 'container',
  summary: 'containers of docker or podman',
  keys: containerKeys,
  needs: [['docker', 'podman']],
  async obstacle(ask) {
    await findEngine(ask);
    return undefined;
  },
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
  identify: async (instance) => ({id: idOf(instance), engine: await chooseEngine(instance)}),
  async make(instance) {
    const engine = engineOf(instance);
    await prepareImage(instance, engine);
    await startContainer(instance, engine, {image: imageOf(instance), imports: []});
    return {};
  },
  runScript: (instance) => containerScript(instance, engineOf(instance)),
  address(instance) {
    const pid = notedIn(fileOf(instance));
    return pid === undefined ? undefined : addressOfProcess(pid);
  },
  probe: () => Promise.resolve(effectiveCores()),
  check: (instance) => isRunning(instance, engineOf(instance)),
  async checkpoint(instance, {isAsMade}) {
    if (isAsMade) return;
    await endAll(instance);
    const engine = engineOf(instance);
    const changes = await tellEngine(instance, engine, ['diff', idOf(instance)]);
    await warnOfVolumes(instance, engine);
    if (changes.split('\n').every((line) => isOfEngine(line))) return;
    await keepImage(instance, engine);
  },
  endAll,
  canBind: seesFiles,
  async bind(instance, imports) {
    await makeAnew(instance, imports);
    await seeSameFiles(instance, imports);
  },
  unbind: () => Promise.resolve(), // its mounts are the container's, which reset and discard remove
  reset: (instance) => makeAnew(instance, []),
  async discard(instance) {
    const engine = notedEngine(instance);
    await endLocalProcesses(instance);
    if (engine === undefined) return;
    await removeContainer(instance, engine);
    await removeImages(instance, engine);
  },
  async list(source) {
    const listings = (await enginesOf(source)).map((engine) => listOf(source, engine));
    return (await Promise.all(listings)).flat();
  },
});

/** What an engine has under our id: containers, and images that are an instance's own. */
async function listOf(source: SourceFacts<Container>, engine: Engine): Promise<Listed[]> {
  const ours = ['--filter', `label=crcache.store=${source.storeId}`, '--format'];
  const containers = await tellEngine(source, engine, ['ps', '--all', ...ours, '{{.Names}}']);
  const ids = [...containers.split('\n'), ...(await ownersOfImages(source, engine))];
  const listed = [...new Set(ids)].flatMap((id) => listedIn(id, source));
  return listed.map((each) => ({...each, handle: {...each.handle, engine}}));
}

/** Ends all that runs in it, its holder excepted. */
async function endAll(instance: ContainerInstance): Promise<void> {
  await endLocalProcesses(instance, (among) => processesIn(instance, among));
  const engine = notedEngine(instance);
  // It is elsewhere, or was started anew since by others.
  const isNoted = notedIn(fileOf(instance)) !== undefined;
  if (engine !== undefined && !isNoted) await endFromWithin(instance, engine);
}

/** Makes the container anew, as it was at its checkpoint, with directories of this machine in it. */
async function makeAnew(
  instance: ContainerInstance,
  imports: readonly BindImport[],
): Promise<void> {
  const engine = engineOf(instance);
  await endLocalProcesses(instance);
  await removeContainer(instance, engine);
  await startContainer(instance, engine, {image: imageOf(instance), imports});
}

/** What an engine itself changes in every container: files of its own, which are in no image, and where these are. */
const ofEngines = [
  ...['/dev', '/etc', '/etc/hostname', '/etc/hosts', '/etc/mtab', '/etc/resolv.conf'],
  ...['/run', '/run/.containerenv'],
];

function isOfEngine(change: string): boolean {
  return change === '' || ofEngines.includes(change.replace(/^[AC] /, ''));
}
