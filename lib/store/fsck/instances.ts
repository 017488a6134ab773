// The instances' directories: each is in a state, and says which making of the instance it is.

import {exists, listNames, removeIfEmpty} from '../../files.js';
import {parseInstanceName} from '../../instance.js';
import {writeFacts} from '../record.js';
import type {Check, Finding} from './finding.js';
import {relink} from './links.js';
import {isDirectoryItself, textOfFile, type PlacedLink, type SourceLook} from './look.js';

export const instanceChecks: readonly Check<SourceLook>[] = [
  {name: "'instances' holds directories with names of its source's instances", find: foreign},
  {name: 'an instance is in a state', find: inNoState},
];

/** A scan misses a symlink that moves, one time in seven; so often in a row it does not. */
const scans = 20;

function foreign({name, whole, state, instances}: SourceLook): Finding[] {
  return instances.flatMap((instance) => {
    const path = state.instancePath(instance);
    const isNamed = parseInstanceName(instance)?.source === name;
    if ((isNamed && isDirectoryItself(path)) || !exists(path)) return [];
    return {
      path,
      what: isNamed ? 'not a directory' : `not a name that an instance of '${name}' has`,
      mend: `--repair moves it to lost-found; by hand: mv '${path}' away`,
      repair: () => {
        whole.setAside(path);
      },
    };
  });
}

function inNoState(look: SourceLook): Finding[] {
  const {state, name} = look;
  return look.instances.flatMap((instance) => {
    const path = state.instancePath(instance);
    if (parseInstanceName(instance)?.source !== name || !isDirectoryItself(path)) return [];
    if (look.linksOf(instance).length > 0 || isSeen(look, instance)) return [];
    return listNames(path).length === 0 ? emptySlot(path) : lost(look, instance);
  });
}

/** Whether any state ever names an instance that is still there. */
function isSeen({state}: SourceLook, instance: string): boolean {
  for (let scan = 0; scan < scans; scan++) {
    if (state.allPlaces().some((place) => place.instance === instance)) return true;
    if (!exists(state.instancePath(instance))) return true;
  }
  return false;
}

function emptySlot(path: string): Finding {
  return {
    path,
    what: 'an empty directory, which is in no state: a free slot',
    mend: `--repair removes it; by hand: rmdir '${path}'`,
    repair: () => {
      removeIfEmpty(path);
    },
  };
}

/** What says nothing of an instance is set aside; whatever may be one waits, in `broken`, for a person's decision. */
function lost(look: SourceLook, instance: string): Finding {
  const path = look.state.instancePath(instance);
  const isRecord = ['incarnation', 'handle'].some((name) => textOfFile(`${path}/${name}`));
  if (!isRecord) {
    return {
      path,
      what: 'in no state, and not the record of an instance',
      mend: `--repair moves it to lost-found; by hand: mv '${path}' away`,
      repair: () => {
        look.whole.setAside(path);
      },
    };
  }
  const link: PlacedLink = {
    state: 'broken',
    name: instance,
    path: `${look.directory}/broken/${instance}`,
    place: {instance, state: 'broken'},
  };
  return {
    path,
    what: 'in no state: no symlink leads to it',
    mend: `--repair puts it into 'broken'; then: crcache discard-instance ${instance}, or crcache reset-instance ${instance}`,
    repair: () => {
      writeFacts(`${path}/problem`, {during: 'fsck', message: 'it was found in no state'});
      relink(look, link);
      look.state.note({instance, to: 'broken', why: 'fsck found it in no state'});
    },
  };
}
