// The tree of a chroot: its holder keeps it.

import type {Tree} from '../tree/tree.js';
import {endHolder, startHolder} from './holder.js';
import {backendOf, type ChrootInstance, pathOf} from './keys.js';

export function treeOf(instance: ChrootInstance): Tree {
  const {name, incarnation, surroundings, settings} = instance;
  return {
    ...{name, incarnation, surroundings},
    path: pathOf(instance),
    backend: backendOf(instance),
    root: settings.root,
    line: settings.provision_command,
    method: settings.method,
    hold: (overlaid) => startHolder(instance, overlaid),
    letGo: () => endHolder(instance),
  };
}
