// The symlinks that say where instances are.

import {entryOf, exists, makeDirectory, makeLink, readLink, renameIfThere} from '../../files.js';
import {isWorkedPlace} from '../place.js';
import {formatWorker} from '../worker.js';
import type {Check, Finding} from './finding.js';
import {isDirectoryItself, type PlacedLink, type SourceLook} from './look.js';

export const linkChecks: readonly Check<SourceLook>[] = [
  {name: "a state's directory holds names of its source's instances", find: misnamed},
  {name: "a state's directory holds symlinks", find: notSymlinks},
  {name: 'a symlink leads to the instance that it is called after', find: wrongTargets},
  {name: 'a symlink leads somewhere', find: toNowhere},
  {name: 'an instance is in one state', find: recordedTwice},
];

function misnamed({links, name, whole}: SourceLook): Finding[] {
  return links
    .filter(({place}) => place === undefined)
    .map(({path, state}) => ({
      path,
      what: `not a name that an instance of '${name}' has in '${state}'`,
      mend: `--repair moves it to lost-found; by hand: mv '${path}' away`,
      repair: () => {
        whole.setAside(path);
      },
    }));
}

function notSymlinks({placed, whole}: SourceLook): Finding[] {
  return placed.flatMap(({path}) => {
    const entry = entryOf(path);
    if (entry === undefined || entry.isSymbolicLink()) return [];
    return {
      path,
      what: `a ${entry.isDirectory() ? 'directory' : 'file'} in place of a symlink`,
      mend: `--repair moves it to lost-found; by hand: mv '${path}' away`,
      repair: () => {
        whole.setAside(path);
      },
    };
  });
}

function wrongTargets(look: SourceLook): Finding[] {
  return look.placed.flatMap((link) => {
    const target = readLink(link.path);
    const right = targetOf(link);
    if (target === undefined || target === right) return [];
    return {
      path: link.path,
      what: `leads to '${target}' and not to '${right}'`,
      mend: `--repair moves it to lost-found and makes the right one; by hand: ln -sfn '${right}' '${link.path}'`,
      repair: () => {
        look.whole.setAside(link.path);
        if (isDirectoryItself(look.state.instancePath(link.place.instance))) relink(look, link);
      },
    };
  });
}

function targetOf({place}: PlacedLink): string {
  return `../instances/${place.instance}`;
}

/** Makes a symlink beside the states first: a name in a state's directory is there whole, or not at all. */
export function relink({directory, state}: SourceLook, link: PlacedLink): void {
  const worker = formatWorker(state.around.workshop.newWorker());
  const prepared = `${directory}/trash/link@${worker}`;
  makeDirectory(`${directory}/trash`);
  makeLink(targetOf(link), prepared);
  if (!exists(link.path)) renameIfThere(prepared, link.path);
}

/** Who makes an instance announces it before its directory is there, and who discards it removes that first. */
function toNowhere(look: SourceLook): Finding[] {
  return look.placed.flatMap(({path, place}) => {
    const isOnItsWay = place.state === 'provisioning' || place.state === 'discarding';
    if (isOnItsWay || exists(look.state.instancePath(place.instance))) return [];
    if (readLink(path) !== `../instances/${place.instance}`) return [];
    const isAtWork = isWorkedPlace(place) && look.fateOf(place) !== 'dead';
    return {
      path,
      what: `'${place.instance}' has no directory in '${look.directory}/instances'`,
      mend: isAtWork
        ? `when process ${String(place.worker.pid)} on ${place.worker.host} has ended: crcache fsck --repair`
        : `--repair moves the symlink to lost-found; by hand: rm '${path}'. What was made as '${place.instance}' may still exist`,
      ...(isAtWork
        ? {}
        : {
            repair: () => {
              look.whole.setAside(path);
            },
          }),
    };
  });
}

function recordedTwice(look: SourceLook): Finding[] {
  return look.instances.flatMap((instance) => {
    const links = look.linksOf(instance);
    const [right, ...wrong] = inOrderOfTrust(look, links);
    if (right === undefined) return [];
    return wrong.map(({path}) => ({
      path,
      what: `'${instance}' is recorded twice: also as '${right.path}'`,
      mend: `--repair keeps '${right.path}' and moves this one to lost-found; by hand: rm the one that is wrong`,
      of: [path, right.path],
      repair: () => {
        look.whole.setAside(path);
      },
    }));
  });
}

/** Of two records the one is right that gives the instance to nobody else: who is at work on it, or holds it, has it. */
function inOrderOfTrust(look: SourceLook, links: readonly PlacedLink[]): PlacedLink[] {
  const rank = ({place}: PlacedLink): number => {
    if (isWorkedPlace(place)) return look.fateOf(place) === 'dead' ? 2 : 0;
    if (place.state === 'in-use') return look.leaseOf(place.instance) === undefined ? 3 : 1;
    return place.state === 'broken' ? 4 : 5;
  };
  return [...links].sort((a, b) => rank(a) - rank(b));
}
