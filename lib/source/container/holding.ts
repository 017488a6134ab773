// The container's first process, which keeps it: what it is, and what is known of it where it runs on this machine.

import {CrcacheError} from '../../errors.js';
import {readText, removeFile, writeWhole} from '../../files.js';
import {holderCode, namespaceOf, notedIn, processesBeside} from '../holder.js';
import {environmentOf, startTimeOf} from '../../processes.js';
import {idOf, prefixOf} from '../ids.js';
import {askEngine, tellEngine, type Engine} from './engine.js';
import type {BindImport} from '../source.js';
import type {ContainerInstance} from './keys.js';
import {mountWords} from './mounts.js';

export interface Making {
  readonly image: string;
  /** Directories of this machine that it has. */
  readonly imports: readonly BindImport[];
}

/** Starts the container of an instance from an image. */
export async function startContainer(
  instance: ContainerInstance,
  engine: Engine,
  {image, imports}: Making,
): Promise<void> {
  const {settings, storeId} = instance;
  const id = idOf(instance);
  await tellEngine(instance, engine, [
    ...['run', '--detach', ...settings.args, ...imports.flatMap(mountWords)],
    // Of two the last counts: one of the user's own would be nobody's to find and remove.
    ...['--name', id, '--label', `crcache.store=${storeId}`, '--env', markOf(instance)],
    // What is our own is in no registry.
    ...(image.startsWith(prefixOf(storeId)) ? ['--pull', 'never'] : []),
    ...['--entrypoint', 'sh', image, '-c', holderCode, 'crcache-hold'],
  ]);
  const told = await tellEngine(instance, engine, ['inspect', '--format', '{{.State.Pid}}', id]);
  const pid = Number(told);
  // An engine elsewhere tells the number of some other process, or of none.
  const isOurs = environmentOf(pid).includes(markOf(instance));
  if (isOurs && !sharesNamespace(instance, pid))
    writeWhole(fileOf(instance), `${told} ${startTimeOf(pid) ?? ''}\n`);
  else removeFile(fileOf(instance));
}

function markOf(instance: ContainerInstance): string {
  return `CRCACHE_CONTAINER=${idOf(instance)}`;
}

/** Where its first process is noted. */
export function fileOf({directory}: ContainerInstance): string {
  return `${directory}/pid`;
}

/** Whether its processes are this machine's. */
export function isHere(instance: ContainerInstance): boolean {
  return readText(fileOf(instance)) !== undefined;
}

/** The processes in it but those that hold it; none where it is elsewhere, or has ended. */
export function processesIn(instance: ContainerInstance, among: readonly number[]): number[] {
  const holder = notedIn(fileOf(instance));
  return holder === undefined ? [] : processesBeside(holder, among);
}

/** Whether all processes of this machine are in it, as with --pid=host. */
function sharesNamespace({surroundings}: ContainerInstance, pid: number): boolean {
  return namespaceOf(pid) === namespaceOf(surroundings.pid);
}

/** Ends all that runs in a container elsewhere, from within: TERM, a second, KILL, and seen gone. */
export async function endFromWithin(instance: ContainerInstance, engine: Engine): Promise<void> {
  const words = ['exec', '--user', '0', idOf(instance), 'sh', '-c', ending];
  const {status, stderr} = await askEngine(instance, engine, words);
  if (status === 0 || !(await isRunning(instance, engine))) return;
  throw new CrcacheError(
    'failed',
    `cannot end what runs in '${instance.name}': ${stderr.trim() || `status ${String(status)}`}`,
  );
}

/**
 * To a process in the namespace, -1 is all of it but the first one and itself. Who looks at the table starts nothing before,
 * or would find that; what has no words has ended, and what has those of the first one is about to be its next sleep.
 */
export const ending = `
grep -qs crcache-hold /proc/1/cmdline || exit 0 # it shares the processes of another machine: the marked ones are ended
holder=$(tr '\\0' ' ' </proc/1/cmdline)
others() {
  for file in /proc/[0-9]*/cmdline; do
    case $file in /proc/1/* | /proc/$$/*) continue ;; esac
    case $(tr '\\0' ' ' 2>/dev/null <"$file") in '' | 'sleep 1000000 ' | "$holder") ;; *) return 0 ;; esac
  done
  return 1
}
kill -TERM -1
for signal in CONT CONT CONT CONT CONT KILL KILL KILL; do
  others || exit 0
  sleep 0.2
  kill -$signal -1
done
! others`;

/** Whether the container runs, and is not paused; a failure where the engine does not say. */
export async function isRunning(instance: ContainerInstance, engine: Engine): Promise<boolean> {
  const words = [
    'ps',
    '--quiet',
    '--filter',
    `name=^${idOf(instance)}$`,
    '--filter',
    'status=running',
  ];
  return (await tellEngine(instance, engine, words)) !== '';
}
