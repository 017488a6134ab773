// inventory: instances in use as Ansible sees hosts, reached by rsh.

import {CrcacheError} from '../errors.js';
import type {Cache} from './cache.js';
import {instancesOf, type InstanceView} from './view-instance.js';
import {viewAll, viewNamed} from './view-source.js';

/** An answer to `--list`, as a script that is an inventory of Ansible gives it. */
export interface Inventory {
  readonly _meta: {readonly hostvars: Readonly<Record<string, Variables>>};
  readonly all: {readonly children: readonly string[]; readonly vars: Variables};
  readonly [group: string]: unknown;
}

type Variables = Readonly<Record<string, string | number | boolean>>;

/** The instances of these sources, or of all, that people hold; each source is a group. */
export function readInventory(
  cache: Cache,
  {sources, rsh}: {sources: readonly string[]; rsh: string},
): Inventory {
  const instances = heldInstances(cache, sources);
  const groups = [...new Set(instances.map(({source}) => groupName(source.name)))];
  const hostsOf = (group: string): string[] =>
    instances.filter(({source}) => groupName(source.name) === group).map(({name}) => name);
  return {
    ...Object.fromEntries(groups.map((group) => [group, {hosts: hostsOf(group)}])),
    all: {children: groups, vars: waysIn(rsh)},
    _meta: {hostvars: Object.fromEntries(instances.map((each) => [each.name, variablesOf(each)]))},
  };
}

/** An answer to `--host`. */
export function readHost(cache: Cache, name: string): Variables {
  const view = heldInstances(cache, []).find((each) => each.name === name);
  if (view === undefined) throw new CrcacheError('not-found', `no instance '${name}' is in use`);
  return variablesOf(view);
}

/** An instance that another one stands on is not for people. */
function heldInstances(cache: Cache, sources: readonly string[]): InstanceView[] {
  const views = sources.length === 0 ? viewAll(cache) : viewNamed(cache, sources);
  return instancesOf(cache, views).filter(
    ({place, above}) => place.state === 'in-use' && above === undefined,
  );
}

/** Names of groups have no dashes and dots, and two are Ansible's own. */
function groupName(source: string): string {
  const name = source.replace(/[^A-Za-z0-9_]/g, '_');
  return name === 'all' || name === 'ungrouped' ? `${name}_` : name;
}

function waysIn(rsh: string): Variables {
  return {
    ansible_connection: 'ssh',
    ansible_ssh_executable: rsh,
    ansible_ssh_transfer_method: 'piped',
    ansible_pipelining: true,
  };
}

function variablesOf(view: InstanceView): Variables {
  return {
    crcache_instance: view.name,
    crcache_source: view.source.name,
    crcache_concurrency: view.number('concurrency') ?? 1,
  };
}
