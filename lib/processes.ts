// Which process is which. A pid alone names nobody for long: with its start time, the boot and the pid
// namespace it names one process for ever.

import {hostname} from 'node:os';
import node from 'node:process';
import {CrcacheError, hasCode} from './errors.js';
import {listNames, orUndefined, readLink, readText} from './files.js';

/** One process, anywhere, at any time. */
export interface ProcessIdentity {
  readonly host: string;
  readonly pidNamespace: string;
  readonly boot: string;
  readonly pid: number;
  readonly start: string;
}

/** `unknown`: of another host or pid namespace, which nobody here can judge. */
export type Fate = 'alive' | 'dead' | 'unknown';

/** What distinguishes this host, boot and pid namespace; read once by whoever needs it. */
export type Here = Pick<ProcessIdentity, 'host' | 'pidNamespace' | 'boot'>;

export function readHere(): Here {
  const bootId = readText('/proc/sys/kernel/random/boot_id') ?? 'noboot';
  const namespace = readLink('/proc/self/ns/pid') ?? '';
  return {
    host: asHost(hostname()),
    pidNamespace: /[0-9]+/.exec(namespace)?.[0] ?? '0',
    boot: bootId.replaceAll('-', '').slice(0, 12).trim(),
  };
}

/** A host's name as identities have it. */
export function asHost(name: string): string {
  return name.replace(/[^A-Za-z0-9.-]/g, '-');
}

/** The identity of a process that runs here; undefined where there is none. */
export function identify(here: Here, pid: number): ProcessIdentity | undefined {
  const start = startTimeOf(pid);
  return start === undefined ? undefined : {...here, pid, start};
}

/** That of this process. */
export function identifySelf(): ProcessIdentity {
  const self = identify(readHere(), node.pid);
  if (self === undefined) throw new Error('this process does not exist');
  return self;
}

/** Whether a process still runs. One of another boot of this host is dead, whatever has its pid today. */
export function fateOf(identity: ProcessIdentity, here: Here): Fate {
  if (identity.host !== here.host) return 'unknown';
  if (identity.boot !== here.boot) return 'dead';
  if (identity.pidNamespace !== here.pidNamespace) return 'unknown';
  return startTimeOf(identity.pid) === identity.start ? 'alive' : 'dead';
}

/** Whether a process is, or was, one of those that are seen from here: only then its pid means anything here. */
export function isOfHere({host, boot, pidNamespace}: ProcessIdentity, here: Here): boolean {
  return host === here.host && boot === here.boot && pidNamespace === here.pidNamespace;
}

/** Where a process runs, for people: its host, or another pid namespace of this one. */
export function whereIs({host, pidNamespace}: ProcessIdentity, here: Here): string {
  if (host !== here.host || pidNamespace === here.pidNamespace) return host;
  return `${host} in pid namespace ${pidNamespace}`;
}

/** When a process started, in the kernel's ticks since boot; a zombie has ended, and has none. */
export function startTimeOf(pid: number): string | undefined {
  const stat = readOfProcess(pid, 'stat');
  if (stat === undefined) return hasProc() ? undefined : noProc();
  const [state] = fieldsOf(stat);
  return state === 'Z' || state === 'X' ? undefined : startTimeOfStat(stat);
}

/** The start time in the text of a /proc/PID/stat. */
export function startTimeOfStat(stat: string): string | undefined {
  return fieldsOf(stat)[19];
}

/** The parent of a process; undefined where the process is gone. */
export function parentOf(pid: number): number | undefined {
  const stat = readOfProcess(pid, 'stat');
  return stat === undefined ? undefined : Number(fieldsOf(stat)[1]);
}

/** The children of a process; none where it is gone. */
export function childrenOf(pid: number): number[] {
  const told = readOfProcess(pid, `task/${String(pid)}/children`)?.split(' ');
  if (told !== undefined) return told.filter(Boolean).map(Number); // not every kernel knows
  return pid > 0 ? listProcesses().filter((each) => parentOf(each) === pid) : [];
}

/** The user and the group that this process runs as. */
export function ownIds(): {readonly pid: number; readonly uid: number; readonly gid: number} {
  return {pid: node.pid, uid: node.geteuid?.() ?? 0, gid: node.getegid?.() ?? 0};
}

/** The environment that a process was started with; empty where it is gone, or another user's. */
export function environmentOf(pid: number): string[] {
  return readOfProcess(pid, 'environ')?.split('\0') ?? [];
}

/** A file of a process. It may be gone when the file has just been opened. */
function readOfProcess(pid: number, file: string): string | undefined {
  const path = `/proc/${String(pid)}/${file}`;
  return orUndefined(() => readText(path), 'ESRCH', 'EACCES', 'EPERM');
}

/** The fields of a /proc/PID/stat after the program's name, which may hold anything: state, parent, group … */
export function fieldsOf(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** The pids of all processes that can be seen from here. */
export function listProcesses(): number[] {
  return listNames('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .map(Number);
}

/** The pids of a process group's live members. */
export function membersOf(group: number): number[] {
  return listProcesses().filter((pid) => {
    const [state, , pgrp] = fieldsOf(readOfProcess(pid, 'stat') ?? '');
    return Number(pgrp) === group && state !== 'Z' && state !== 'X';
  });
}

function hasProc(): boolean {
  return readText('/proc/self/stat') !== undefined;
}

function noProc(): never {
  throw new CrcacheError(
    'failed',
    "cannot tell live processes from dead ones: '/proc' is not mounted",
    'mount -t proc proc /proc',
  );
}

export function formatIdentity(identity: ProcessIdentity): string {
  const {host, pidNamespace, boot, pid, start} = identity;
  return [host, pidNamespace, boot, String(pid), start].join(',');
}

export function parseIdentity(text: string): ProcessIdentity | undefined {
  const [host, pidNamespace, boot, pid, start, ...rest] = text.split(',');
  if (!host || !pidNamespace || !boot || !pid || !start || rest.length > 0) return undefined;
  if (!/^[0-9]{1,10}$/.test(pid)) return undefined;
  return {host, pidNamespace, boot, pid: Number(pid), start};
}

/** Sends a signal to a process, or with a negative pid to a group; one that is gone is fine. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    node.kill(pid, signal);
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw error;
  }
}

/** Stops this process, as Ctrl-Z does; it goes on when it is continued. */
export function stopItself(): void {
  node.kill(node.pid, 'SIGSTOP');
}

/** The processes that were started with one of these settings in their environment, as far as anybody may look. */
export function processesWith(...settings: readonly string[]): number[] {
  return listProcesses().filter((pid) => {
    const environment = environmentOf(pid);
    return settings.some((setting) => environment.includes(setting));
  });
}

/** The variables by which all is found that a command, an instance or a job has started. */
export const marks = ['CRCACHE_RUN_ID', 'CRCACHE_INCARNATION', 'CRCACHE_JOB'];

/** By this a process is known that waits for the end of those who started it. */
export const watcherKey = 'CRCACHE_WATCHER';

/** By this a process is known that is a run script's way to a command elsewhere: it ends when that has. */
export const wayKey = 'CRCACHE_WAY';

type Environment = Readonly<Record<string, string | undefined>>;

/** The environment of a watcher, which is not ended with what it watches over. */
export function asWatcher(env: Environment): Environment {
  const others = Object.entries(env).filter(([key]) => !marks.includes(key));
  return {...Object.fromEntries(others), [watcherKey]: '1'};
}

/** These processes, and all that they started and that have not left them, but for those known by one of these keys. */
export function withDescendants(pids: readonly number[], leftOut = [watcherKey]): number[] {
  if (pids.length === 0) return [];
  const found = new Set(pids);
  const parents = new Map(listProcesses().map((pid) => [pid, parentOf(pid)]));
  for (let size = -1; size !== found.size;) {
    size = found.size;
    for (const [pid, parent] of parents) {
      if (found.has(parent ?? 0) && !isKnownBy(pid, leftOut)) found.add(pid);
    }
  }
  return [...found];
}

function isKnownBy(pid: number, keys: readonly string[]): boolean {
  const environment = environmentOf(pid);
  return keys.some((key) => environment.includes(`${key}=1`));
}
