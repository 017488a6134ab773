// Trees of their own over a golden one, each in a mount namespace of its own: what is mounted for an instance is in no
// table but that of the process that holds the namespace. For root, and for ordinary users by user namespaces.

import {chrootKeys, backendOf, pathOf, type ChrootInstance} from './chroot/keys.js';
import {
  endHolder,
  isHeld,
  liveHolder,
  processesIn,
  refusal,
  treeFromOutside,
} from './chroot/holder.js';
import {bindImports, unbindImports} from './chroot/imports.js';
import {treeOf} from './chroot/tree-of.js';
import {chrootScript} from './chroot/way.js';
import {effectiveCores} from './cores.js';
import {listNames, removeIfEmpty} from '../files.js';
import {endLocalProcesses} from './local-processes.js';
import {defineType} from './source.js';
import {isMadeByReset, keepCheckpoint, makeTree, restoreTree} from './tree/making.js';
import {removeBelow} from './tree/removing.js';

export const chroot = defineType<typeof chrootKeys>({
  name: 'chroot',
  summary: 'trees of files over a golden one, on this machine',
  keys: chrootKeys,
  needs: [['unshare'], ['nsenter']],
  obstacle: refusal,
  capabilities: ({isolate}) => ({
    isolation: 'root',
    sharesFiles: false,
    reset: true,
    survivesReboot: false,
    imports: 'bind',
    root: true,
    network: isolate.includes('net') ? 'own' : 'shared',
    reboot: false,
    park: false,
  }),
  identify: (instance) => ({path: pathOf(instance)}),
  async make(instance) {
    await makeTree(treeOf(instance));
    return {};
  },
  runScript: chrootScript,
  filesAt(instance) {
    const {user, run_command: command} = instance.settings;
    const holder = user === 'root' && command === undefined ? liveHolder(instance) : undefined;
    return holder && treeFromOutside(instance, holder);
  },
  probe: () => Promise.resolve(effectiveCores()),
  check: (instance) => Promise.resolve(isHeld(instance)),
  async checkpoint(instance, {isAsMade}) {
    if (isAsMade && isMadeByReset(treeOf(instance))) return;
    await endAll(instance);
    await keepCheckpoint(treeOf(instance));
  },
  endAll,
  bind: bindImports,
  unbind: unbindImports,
  async reset(instance) {
    await endAll(instance);
    await restoreTree(treeOf(instance));
  },
  async discard(instance) {
    await endAll(instance);
    await endHolder(instance);
    await removeBelow(treeOf(instance), undefined);
    removeIfEmpty(backendOf(instance));
  },
  list: (source) =>
    Promise.resolve(
      listNames(backendOf(source)).flatMap((entry) => {
        const [, name, incarnation] = /^(.+-[0-9]+)\.([a-z0-9]+)$/.exec(entry) ?? [];
        if (name === undefined || incarnation === undefined) return [];
        const isOurs = name.slice(0, name.lastIndexOf('-')) === source.source;
        return isOurs ? [{name, incarnation, handle: {path: `${backendOf(source)}/${entry}`}}] : [];
      }),
    ),
});

/** Ends all that runs in it, its holder excepted. */
function endAll(instance: ChrootInstance): Promise<void> {
  return endLocalProcesses(instance, (among) => processesIn(instance, among));
}
