// What must hold in a state directory when nobody is at work in it and gc has run. Written beside the program,
// from the rules of its layout alone: what is wrong with the one is not wrong with the other.

import {existsSync, readdirSync, readFileSync, readlinkSync} from 'node:fs';
import path from 'node:path';
import type {Settings} from './world.js';

type Sources = ReadonlyMap<string, Settings>;

/** An instance as its record says. */
export interface Found {
  readonly source: string;
  readonly name: string;
  readonly state: string;
  readonly incarnation: string;
  readonly backing: string | undefined;
  readonly lease: Readonly<Record<string, string>> | undefined;
}

const resting = ['cached', 'in-use', 'broken'];
const worked = ['provisioning', 'allocating', 'releasing', 'discarding'];

/** All that is wrong, a sentence each. */
export function findWrongs(state: string, sources: Sources): string[] {
  const names = namesIn(`${state}/sources`);
  const found = readFound(state);
  return [
    ...names.flatMap((source) => wrongLinks(`${state}/sources/${source}`)),
    ...names.flatMap((source) => leftBehind(`${state}/sources/${source}`)),
    ...found.flatMap((instance) => wrongInstance(instance, sources.get(instance.source))),
    ...wrongLeases(found),
    ...wrongBackings(found, sources),
    ...wrongBackend(state, found, sources),
  ];
}

/** All instances that there are. */
export function readFound(state: string): Found[] {
  return namesIn(`${state}/sources`).flatMap((source) => instancesOf(state, source));
}

/** Each directory has one symlink, and each symlink its directory. */
function wrongLinks(directory: string): string[] {
  const links = [...resting, ...worked].flatMap((state) =>
    namesIn(`${directory}/${state}`).map((link) => ({state, link, name: link.split('@')[0] ?? ''})),
  );
  const instances = namesIn(`${directory}/instances`);
  return [
    ...instances.flatMap((name) => {
      const states = links.filter((each) => each.name === name).map(({state}) => state);
      return states.length === 1 ? [] : [`${name} is in ${states.join(' and ') || 'no state'}`];
    }),
    ...links.flatMap(({state, link, name}) => {
      if (worked.includes(state)) return [`${link} is still ${state}`];
      const target = readlinkSync(`${directory}/${state}/${link}`);
      if (target !== `../instances/${name}`) return [`${state}/${link} leads to '${target}'`];
      return instances.includes(name) ? [] : [`${state}/${link} leads to nothing`];
    }),
  ];
}

/** No ticket, trash or lock is left; what was half written goes only when it is old. */
function leftBehind(directory: string): string[] {
  const tickets = namesIn(`${directory}/queue`).filter((name) => !name.endsWith('.new'));
  return [
    ...tickets.map((name) => `queue/${name}`),
    ...namesIn(`${directory}/trash`).map((name) => `trash/${name}`),
    ...['lock', 'lock.holder'].filter((name) => existsSync(`${directory}/${name}`)),
  ].map((name) => `${path.basename(directory)}: ${name} is left behind`);
}

function instancesOf(state: string, source: string): Found[] {
  const directory = `${state}/sources/${source}`;
  return namesIn(`${directory}/instances`).map((name): Found => {
    const record = `${directory}/instances/${name}`;
    const isIn = (each: string): boolean =>
      namesIn(`${directory}/${each}`).some((link) => link.split('@')[0] === name);
    const lease = textOf(`${record}/lease`);
    return {
      source,
      name,
      state: [...resting, ...worked].find(isIn) ?? 'none',
      incarnation: textOf(`${record}/incarnation`) ?? '',
      backing: textOf(`${record}/backing`),
      lease: lease === undefined ? undefined : Object.fromEntries(pairsOf(lease)),
    };
  });
}

function wrongInstance(instance: Found, settings: Settings | undefined): string[] {
  const {name, state, lease, incarnation} = instance;
  const maximum = Number(settings?.['maximum'] ?? 0);
  const slot = Number(/[0-9]+$/.exec(name)?.[0]);
  return [
    ...(maximum > 0 && slot >= maximum ? [`${name} is beyond maximum=${String(maximum)}`] : []),
    ...(incarnation === '' ? [`${name} has no incarnation`] : []),
    ...(state === 'in-use' && lease?.['id'] === undefined ? [`${name} has no lease`] : []),
    ...(state === 'cached' && lease !== undefined ? [`${name} is cached, and has a lease`] : []),
  ];
}

/** The instances of one request are of one source; nobody else has their lease. */
function wrongLeases(found: readonly Found[]): string[] {
  const inUse = found.filter(({state}) => state === 'in-use');
  return inUse.flatMap((one) =>
    inUse
      .filter(({lease, source}) => lease?.['id'] === one.lease?.['id'] && source !== one.source)
      .map((other) => `${one.name} and ${other.name} have the same lease`),
  );
}

/** What stands on something has it alone, and what is held from above is stood on. */
function wrongBackings(found: readonly Found[], sources: Sources): string[] {
  return found.flatMap((one) => {
    const wrongs: string[] = [];
    const isPool = sources.get(one.source)?.['type'] === 'pool';
    if (isPool && one.state !== 'broken') {
      const backing = found.find(({name}) => name === one.backing);
      if (backing?.state !== 'in-use') {
        wrongs.push(`${one.name} stands on ${one.backing ?? 'nothing'}, which is not in use`);
      } else if (backing.lease?.['holder'] !== `${one.name}#${one.incarnation}`) {
        wrongs.push(`${backing.name} is held by ${backing.lease?.['holder'] ?? 'nobody'}`);
      }
    }
    const [, above, incarnation] = /^(.+)#(.+)$/.exec(one.lease?.['holder'] ?? '') ?? [];
    if (one.state !== 'in-use' || above === undefined) return wrongs;
    const holder = found.find(({name}) => name === above);
    if (holder?.incarnation !== incarnation) wrongs.push(`the holder of ${one.name} is gone`);
    else if (holder?.backing !== one.name) wrongs.push(`${above} does not stand on ${one.name}`);
    return wrongs;
  });
}

/** What the backend has is what the records say, neither more nor less. */
function wrongBackend(state: string, found: readonly Found[], sources: Sources): string[] {
  const records = found
    .filter(({source, state}) => sources.get(source)?.['type'] === 'sim' && state !== 'broken')
    .map(({name, incarnation}) => `${name}.${incarnation}`);
  const broken = found.filter((each) => each.state === 'broken').map(({name}) => name);
  const things = listBackend(state);
  return [
    ...records.filter((each) => !things.includes(each)).map((each) => `${each} is lost`),
    ...things
      .filter((each) => !records.includes(each) && !broken.includes(each.replace(/\.[^.]*$/, '')))
      .map((each) => `${each} has leaked`),
  ];
}

/** What the backend beside a state directory has: NAME.INCARNATION. */
export function listBackend(state: string): string[] {
  const backend = `${path.dirname(state)}/crcache-sim`;
  return namesIn(backend).flatMap((id) => namesIn(`${backend}/${id}`));
}

export function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    return [];
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
}

function pairsOf(text: string): [string, string][] {
  return text.split('\n').map((line) => {
    const equals = line.indexOf('=');
    return [line.slice(0, equals), line.slice(equals + 1)];
  });
}
