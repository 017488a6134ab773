// Containers of classic LXC, each started over a golden tree: what is written in one goes at its reset, and is there
// after a restart.

import {effectiveCores} from './cores.js';
import {exists, listNames, removeIfEmpty} from '../files.js';
import {idOf, listedIn} from './ids.js';
import {endLocalProcesses} from './local-processes.js';
import {hasLimits, hasOwnInit, sharesNetwork} from './lxc/config.js';
import {monitorOf, restart, stop} from './lxc/container.js';
import {isFrozen, thaw} from './lxc/freezer.js';
import {isStopped, park, resume} from './lxc/parking.js';
import {withoutSymlinks} from './lxc/mount-points.js';
import {backendOf, lxcKeys, type LxcInstance, parkedFileOf, pathOf, pidFileOf} from './lxc/keys.js';
import {goldenOf, treeOf} from './lxc/tree-of.js';
import {lxcScript} from './lxc/way.js';
import {notedIn, processesBeside} from './holder.js';
import {ownIds} from '../processes.js';
import {needSignals} from './signal-defaults.js';
import {defineType} from './source.js';
import {isMadeByReset, keepCheckpoint, makeTree, restoreTree} from './tree/making.js';
import {removeBelow} from './tree/removing.js';

export const lxc = defineType<typeof lxcKeys>({
  name: 'lxc',
  summary: 'containers of LXC over a golden tree, on this machine',
  keys: lxcKeys,
  needs: [['lxc-start']],
  obstacle: async (ask) => (ownIds().uid === 0 ? needSignals(ask) : 'its containers are for root'),
  capabilities: ({user, config, park}) => ({
    isolation: 'root',
    sharesFiles: false,
    reset: true,
    survivesReboot: false,
    imports: 'bind-anew',
    root: user === 'root',
    network: sharesNetwork(config) ? 'shared' : 'own',
    reboot: true,
    park: park !== 'no',
  }),
  identify: (instance) => ({id: idOf(instance), path: pathOf(instance)}),
  async make(instance) {
    const root = await goldenOf(instance);
    await makeTree({...treeOf(instance), root});
    return {};
  },
  runScript: lxcScript,
  filesAt(instance) {
    const {user, run_command: command} = instance.settings;
    const isOrdinary = user === 'root' && command === undefined && !hasLimits(instance);
    const first = isOrdinary ? notedIn(pidFileOf(instance)) : undefined;
    return first === undefined ? undefined : `/proc/${String(first)}/root`;
  },
  probe: () => Promise.resolve(effectiveCores()),
  check: (instance) => Promise.resolve(isUsable(instance)),
  async checkpoint(instance, {isAsMade}) {
    if (isAsMade && isMadeByReset(treeOf(instance))) return;
    await endAll(instance);
    await keepCheckpoint(treeOf(instance));
  },
  endAll,
  async bind(instance, imports) {
    await restoreTree(treeOf(instance, await withoutSymlinks(instance, imports)));
  },
  unbind: () => Promise.resolve(), // its mounts are the container's, which reset and discard end
  park,
  resume,
  reboot: restart,
  async reset(instance) {
    await thaw(instance);
    await endLocalProcesses(instance); // the others end with its first process
    await restoreTree(treeOf(instance));
  },
  async discard(instance) {
    await thaw(instance);
    await endLocalProcesses(instance);
    await stop(instance);
    await removeBelow(treeOf(instance), undefined);
    removeIfEmpty(backendOf(instance));
  },
  list: (source) =>
    Promise.resolve(listNames(backendOf(source)).flatMap((name) => listedIn(name, source))),
});

/** Ends all that runs in it but its holder; what a first process of its own has started is left to that. */
async function endAll(instance: LxcInstance): Promise<void> {
  await thaw(instance);
  await endLocalProcesses(instance, (among) => {
    const first = notedIn(pidFileOf(instance));
    return first === undefined || hasOwnInit(instance) ? [] : processesBeside(first, among);
  });
}

/** Whether it lives, and nobody else has frozen it; or has been stopped by us. */
function isUsable(instance: LxcInstance): boolean {
  if (monitorOf(instance) === undefined) return isStopped(instance);
  return exists(parkedFileOf(instance)) || !isFrozen(instance);
}
