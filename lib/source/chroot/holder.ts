// The process that keeps an instance's namespaces: started with an instance and anew at each reset, and all that is
// mounted for the instance is mounted there alone. The host's table never sees it, and it ends with its last process.
//
// It is marked before it exists: whoever takes over from a dead worker finds it by that, written down or not.

import {hostname} from 'node:os';
import {endProcesses} from '../../end-processes.js';
import {CrcacheError} from '../../errors.js';
import {orUndefined, readLink, readText, removeFile, statOf, writeWhole} from '../../files.js';
import {childrenOf, environmentOf, processesWith, startTimeOf} from '../../processes.js';
import {type ChrootInstance, pathOf} from './keys.js';
import {mounting} from './mounting.js';
import type {Ask} from '../source.js';
import {isOrdinaryUser} from '../tree/tree.js';

export interface Holder {
  readonly pid: number;
  readonly start: string;
  /** As the kernel names its mount namespace. */
  readonly namespace: string;
}

/** The holder that was started last, whether or not it lives. */
export function notedHolder(instance: ChrootInstance): Holder | undefined {
  const [pid, start, namespace] =
    readText(`${pathOf(instance)}/holder`)
      ?.trim()
      .split(' ') ?? [];
  if (pid === undefined || start === undefined || namespace === undefined) return undefined;
  return {pid: Number(pid), start, namespace};
}

/** The holder, if it lives. */
export function liveHolder(instance: ChrootInstance): Holder | undefined {
  const noted = notedHolder(instance);
  return noted !== undefined && startTimeOf(noted.pid) === noted.start ? noted : undefined;
}

/** The instance's tree as its own namespace has it, from outside. */
export function treeFromOutside(instance: ChrootInstance, {pid}: Holder): string {
  return `/proc/${String(pid)}/root${pathOf(instance)}/root`;
}

/** Whether the holder lives and its tree is there. */
export function isHeld(instance: ChrootInstance): boolean {
  const holder = liveHolder(instance);
  const tree = holder && statOf(treeFromOutside(instance, holder));
  if (tree?.isDirectory() !== true) return false;
  // What ran in it may have unmounted an overlay: then it is the empty directory below.
  const isOverlay = readText(`${pathOf(instance)}/method`) === 'overlay';
  return !isOverlay || tree.dev !== statOf(`${pathOf(instance)}/root`)?.dev;
}

/** Makes the namespaces with all that is mounted there; `overlaid` are the trees below the one that is written. */
export async function startHolder(
  instance: ChrootInstance,
  overlaid: readonly string[] | undefined,
): Promise<void> {
  const {name, settings, surroundings} = instance;
  const own = settings.isolate.filter((each) => each !== 'mount').map((each) => `--${each}`);
  const words = [
    ...['--mount', '--propagation', 'slave', ...asOwnRoot(), ...own, '--'],
    ...['sh', '-c', mounting(instance, overlaid), name],
  ];
  const variables = [markOf(instance), `PATH=${searchPath}`, 'LC_ALL=C'];
  const options = {settings: variables, isClean: true};
  const answer = await surroundings.askTool('unshare', words, options);
  const pid = Number(answer.stdout.trim());
  const start = startTimeOf(pid);
  const namespace = readLink(`/proc/${String(pid)}/ns/mnt`);
  if (answer.status !== 0 || start === undefined || namespace === undefined) {
    throw cannotHold(answer.stderr);
  }
  const noted = `${String(pid)} ${start} ${namespace}\n`;
  writeWhole(`${pathOf(instance)}/holder`, noted);
}

const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

function markOf({storeId, name, incarnation}: ChrootInstance): string {
  return `CRCACHE_HOLDER=${storeId}/${name}.${incarnation}`;
}

/** Why the kernel makes no namespaces for whoever calls. */
export async function refusal(ask: Ask): Promise<string | undefined> {
  const {status, stderr} = await ask('unshare', ['--mount', ...asOwnRoot(), '--', 'true']);
  return status === 0 ? undefined : cannotHold(stderr).message;
}

function asOwnRoot(): readonly string[] {
  return isOrdinaryUser() ? ['--user', '--map-root-user'] : [];
}

function cannotHold(said: string): CrcacheError {
  // What is indented goes on about the line before it.
  const why = said.split('\n').findLast((line) => /^\S/.test(line)) ?? '';
  const hint = isOrdinaryUser()
    ? `this kernel may keep user namespaces from ordinary users; on ${hostname()}: sysctl -a --pattern 'userns|user_namespaces'`
    : undefined;
  return new CrcacheError('failed', `cannot make its namespace: ${why}`, hint);
}

/** Ends the holder, and whatever a dead worker left of another one. */
export async function endHolder(instance: ChrootInstance): Promise<void> {
  const find = findHolding(instance);
  const left = await endProcesses(find, 0);
  if (left.length > 0) {
    throw new CrcacheError(
      'failed',
      `cannot end the holder of '${instance.name}': process ${left.join(', ')} does not go`,
    );
  }
  removeFile(`${pathOf(instance)}/holder`);
}

/** Where one is noted there is no other: the note goes with its holder, and before the next one is started. */
function findHolding(instance: ChrootInstance): () => number[] {
  const mark = markOf(instance);
  const live = liveHolder(instance);
  if (live === undefined) return () => processesWith(mark);
  const noted = [live.pid, ...childrenOf(live.pid)].map((pid) => ({pid, start: startTimeOf(pid)}));
  const isSame = ({pid, start}: (typeof noted)[number]): boolean =>
    start !== undefined && startTimeOf(pid) === start;
  return () => noted.filter(isSame).map(({pid}) => pid);
}

/** Those in the instance's namespace but those that hold it, also such as cleared every mark of theirs. */
export function processesIn(instance: ChrootInstance, among: readonly number[]): number[] {
  const noted = notedHolder(instance);
  if (noted === undefined) return [];
  const mark = markOf(instance);
  // The number of a namespace is used again once it is gone: without its holder, the tree tells.
  const isHolderGone = liveHolder(instance) === undefined;
  return among.filter(
    (pid) =>
      linkOf(pid, 'ns/mnt') === noted.namespace &&
      !environmentOf(pid).includes(mark) &&
      (!isHolderGone || linkOf(pid, 'root')?.startsWith(pathOf(instance)) === true),
  );
}

/** A link of a process; undefined where it is gone, or another user's. */
function linkOf(pid: number, name: string): string | undefined {
  return orUndefined(() => readLink(`/proc/${String(pid)}/${name}`), 'EACCES', 'EPERM', 'ESRCH');
}
