// How an instance's record comes to be, and how it goes.
//
// A slot is claimed by renaming a prepared directory, which says who claims it, to `instances/NAME-N`; there can
// be only one of that name. On the way out the directory is renamed into `trash/` first, then the symlink goes:
// at no point is there a directory that no symlink or trash entry answers for.

import {
  exists,
  flushDirectory,
  listNames,
  makeDirectory,
  makeLink,
  removeFile,
  renameIfThere,
  renameToFree,
  writeWhole,
} from '../files.js';
import {removeTree} from '../trees.js';
import {linkOf, type WorkedPlace} from './place.js';
import type {SourceState} from './source-state.js';
import {formatWorker, newNonce, parseWorker, type Worker} from './worker.js';

export interface Claim {
  readonly worker: Worker;
  /** Where the configuration that it is made from is kept, below `configs/`. */
  readonly config: string;
  readonly why: string;
}

/**
 * Claims slots by the names of their instances, which are in `provisioning` then, each incarnation a nonce of its own.
 * Slots that others have are left out.
 */
export function claimSlots(
  state: SourceState,
  instances: readonly string[],
  claim: Claim,
): WorkedPlace[] {
  const claimed = instances.flatMap((instance) => claimSlot(state, instance, claim) ?? []);
  const linked = linkedElsewhere(state, claimed);
  return claimed.filter((place) => {
    const {instance} = place;
    if (linked.has(instance)) vacateSlot(state, place);
    else state.note({instance, to: 'provisioning', why: claim.why});
    return !linked.has(instance);
  });
}

function claimSlot(
  state: SourceState,
  instance: string,
  {worker, config}: Claim,
): WorkedPlace | undefined {
  const {directory, around} = state;
  // A request may make an instance of one name twice: its errand's nonce would name both.
  const maker = {...worker, nonce: newNonce()};
  const place: WorkedPlace = {instance, state: 'provisioning', worker: maker};
  const prepared = trashName(state, place);
  makeDirectory(`${prepared}/workers`);
  makeDirectory(`${prepared}/running`);
  writeWhole(`${prepared}/incarnation`, `${maker.nonce}\n`);
  makeLink(`../../configs/${config}`, `${prepared}/config`);
  around.step('claim:prepared');
  makeLink(`../instances/${instance}`, `${directory}/${linkOf(place)}`);
  around.step('claim:announced');
  if (!renameToFree(prepared, state.instancePath(instance))) {
    removeFile(`${directory}/${linkOf(place)}`);
    removeTree(prepared);
    return undefined;
  }
  around.step('claim:claimed');
  return place;
}

/**
 * A slot whose last owner died between trash and unlink is not free yet: that owner's symlink is still there.
 * (One in `provisioning` is another claimer's, who will fail.)
 */
function linkedElsewhere(state: SourceState, claimed: readonly WorkedPlace[]): ReadonlySet<string> {
  if (claimed.length === 0) return new Set();
  const others = state.allPlaces().filter((place) => place.state !== 'provisioning');
  return new Set(others.map(({instance}) => instance));
}

/** Makes the record of a new instance survive a power cut, before the thing itself is made. */
export function flushClaim(state: SourceState, place: WorkedPlace): void {
  flushDirectory(state.instancePath(place.instance));
  flushDirectory(`${state.directory}/instances`);
  flushDirectory(`${state.directory}/${place.state}`);
}

/** Removes the record of an instance that is known to be gone. */
export function vacateSlot(state: SourceState, place: WorkedPlace): void {
  const {directory, around} = state;
  const trash = trashName(state, place);
  makeDirectory(`${directory}/trash`); // without it the record would stay, and its symlink go
  renameIfThere(state.instancePath(place.instance), trash);
  around.step('discard:trashed');
  removeFile(`${directory}/${linkOf(place)}`);
  around.step('discard:unlinked');
  removeTree(trash, 'crcache gc');
}

/** Whether the record is gone but for its symlink: the worker died just before it would have removed that. */
export function isVacated(state: SourceState, place: WorkedPlace): boolean {
  return !exists(state.instancePath(place.instance)) || exists(trashName(state, place));
}

function trashName({directory}: SourceState, place: WorkedPlace): string {
  return `${directory}/trash/${place.instance}@${formatWorker(place.worker)}`;
}

/** Removes what dead workers left in the trash; that of the living is theirs. */
export function emptyOldTrash(state: SourceState): void {
  for (const name of listNames(`${state.directory}/trash`)) {
    const worker = parseWorker(name.slice(name.indexOf('@') + 1));
    if (worker !== undefined && state.around.workshop.fateOf(worker) !== 'dead') continue;
    removeTree(`${state.directory}/trash/${name}`, 'crcache gc');
  }
}
