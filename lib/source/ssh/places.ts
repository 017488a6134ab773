// Which instance has which place on which host: a file for each place that is taken, made once, with who has it.
//
// An instance's number is no place: the next free place of a host that answers is.

import {
  exists,
  listNames,
  makeDirectory,
  readText,
  removeFile,
  renameToFree,
  writeOnce,
} from '../../files.js';
import type {InstanceFacts} from '../source.js';
import {hostsOf, type Ssh} from './keys.js';
import {isSilent} from './silent.js';

type Instance = InstanceFacts<Ssh>;

export interface HostPlace {
  readonly host: string;
  readonly name: string;
}

/** All places, one of each host after the other; those of hosts that did not answer lately come last. */
export function placesOf(instance: Instance): HostPlace[] {
  const {settings} = instance;
  const hosts = hostsOf(settings);
  const silent = new Set(hosts.filter((host) => isSilent(instance, host)));
  const all = Array.from({length: settings.slots}, (_, slot) =>
    hosts.map((host) => ({host, name: `${host.replaceAll('/', '_')}#${String(slot)}`})),
  ).flat();
  return [
    ...all.filter(({host}) => !silent.has(host)),
    ...all.filter(({host}) => silent.has(host)),
  ];
}

/** Takes a place, if it is free. */
export function freePlace(instance: Instance, {name}: HostPlace): boolean {
  const file = `${directoryOf(instance)}/${name}`;
  makeDirectory(directoryOf(instance));
  if (writeOnce(file, `${instance.name} ${instance.incarnation}`)) return true;
  const holder = readText(file);
  if (holder === undefined || isThere(instance, holder)) return false;
  // Who had it is gone. It is taken out of the way, and put back if it was somebody else's meanwhile.
  const aside = `${file}.${instance.incarnation}`;
  if (!renameToFree(file, aside)) return false;
  const moved = readText(aside) ?? '';
  removeFile(aside);
  if (isThere(instance, moved)) {
    writeOnce(file, moved);
    return false;
  }
  return writeOnce(file, `${instance.name} ${instance.incarnation}`);
}

/** Gives back all places that an instance has. */
export function givePlaceBack(instance: Instance): void {
  for (const name of listNames(directoryOf(instance))) {
    const file = `${directoryOf(instance)}/${name}`;
    if (readText(file) === `${instance.name} ${instance.incarnation}`) removeFile(file);
  }
}

/** Whether an instance exists still, in this making of it. */
function isThere({directory}: Instance, holder: string): boolean {
  const [name = '', incarnation] = holder.split(' ');
  const other = `${directory.slice(0, directory.lastIndexOf('/'))}/${name}`;
  return exists(other) && readText(`${other}/incarnation`)?.trim() === incarnation;
}

function directoryOf({surroundings, name}: Instance): string {
  const source = name.slice(0, name.lastIndexOf('-'));
  return `${surroundings.stateDirectory}/ssh/places/${source}`;
}
