// What LXC is told of an instance, as lxc.container.conf(5) has it.

import {exists} from '../../files.js';
import {holderCode} from '../holder.js';
import type {BindImport} from '../source.js';
import {type LxcInstance, pathOf} from './keys.js';

/** What LXC has for containers of every kind. */
const common = '/usr/share/lxc/config/common.conf';

export interface Contents {
  /** The trees below the one that is written, topmost first, where it is an overlay. */
  readonly overlaid: readonly string[] | undefined;
  readonly imports: readonly BindImport[];
}

export function configText(instance: LxcInstance, {overlaid, imports}: Contents): string {
  const {name, settings} = instance;
  return [
    ...(exists(common) ? [`lxc.include = ${common}`] : []),
    `lxc.uts.name = ${name.replaceAll(/[^A-Za-z0-9-]/g, '-')}`,
    'lxc.net.0.type = empty',
    // Its words are parted at blanks, whatever is around them.
    `lxc.environment = CRCACHE_HOLD=${holderCode}`,
    'lxc.init.cmd = /bin/sh -c eval${IFS}$CRCACHE_HOLD crcache-hold',
    `lxc.environment = ${markOf(instance)}`,
    ...settings.config,
    `lxc.rootfs.path = ${rootfs(instance, overlaid)}`,
    ...imports.map(mountEntry),
    '',
  ].join('\n');
}

/** What its processes bear, unless they have cleared it. */
export function markOf({storeId, name, incarnation}: LxcInstance): string {
  return `CRCACHE_CONTAINER=${storeId}/${name}.${incarnation}`;
}

/** Whether its first process is one that its source.conf asks for, with children of its own. */
export function hasOwnInit({settings}: LxcInstance): boolean {
  return settings.config.some((line) => line.startsWith('lxc.init.cmd'));
}

/** Whether its source.conf makes its root less than one of this machine. */
export function hasLimits({settings}: LxcInstance): boolean {
  return settings.config.some((line) => /^lxc\.(idmap|cap|apparmor|selinux|include)\b/.test(line));
}

/** Whether it has the network of this machine. */
export function sharesNetwork(config: readonly string[]): boolean {
  return config.some((line) => /^lxc\.net\.0\.type\s*=\s*none\s*$/.test(line));
}

function rootfs(instance: LxcInstance, overlaid: readonly string[] | undefined): string {
  const path = pathOf(instance);
  if (overlaid === undefined) return `dir:${path}/root`;
  const layers = overlaid.map((each) => (each.startsWith('/') ? each : `${path}/${each}`));
  return `overlay:${[...layers, `${path}/upper`].join(':')}`;
}

function mountEntry({local, remote, mode}: BindImport): string {
  const options = mode === 'ro' ? 'bind,ro,create=dir' : 'rbind,create=dir';
  const target = remote.replace(/^\/+/, '');
  return `lxc.mount.entry = ${inTable(local)} ${inTable(target)} none ${options} 0 0`;
}

/** A path as a table of mounts has it. */
function inTable(path: string): string {
  return path.replaceAll(/[ \t\n\\#]/g, (character) => {
    return `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`;
  });
}
