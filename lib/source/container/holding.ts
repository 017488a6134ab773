// The container's first process, which keeps it: what it is, and what is known of it where it runs on this machine.

import {CrcacheError} from '../../errors.js';
import {orUndefined, readLink, readText, removeFile, writeWhole} from '../../files.js';
import {environmentOf, listProcesses, parentOf, startTimeOf} from '../../processes.js';
import {idOf} from '../ids.js';
import {askEngine, tellEngine, type Engine} from './engine.js';
import type {BindImport} from '../source.js';
import type {ContainerInstance} from './keys.js';
import {mountWords} from './mounts.js';

/** It buries processes that have lost their parents, and ends at once when it is told to. */
const holder = `trap 'exit 0' TERM; while :; do sleep 1000000 & wait $!; done`;

/** The holder's child. */
const sleeping = 'sleep\x001000000\x00';

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
    ...['run', '--detach', '--name', id, '--label', `crcache.store=${storeId}`],
    ...['--env', markOf(instance), ...settings.args.split(/\s+/).filter((word) => word !== '')],
    ...imports.flatMap(mountWords),
    ...['--entrypoint', 'sh', image, '-c', holder, 'crcache-hold'],
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

function fileOf({directory}: ContainerInstance): string {
  return `${directory}/pid`;
}

/** Its first process, if that is one of this machine's; undefined where it is not, or has ended. */
export function holderOf(instance: ContainerInstance): number | undefined {
  const [pid = '', start] = (readText(fileOf(instance)) ?? '').trim().split(' ');
  return pid !== '' && startTimeOf(Number(pid)) === start ? Number(pid) : undefined;
}

/** Whether its processes are this machine's. */
export function isHere(instance: ContainerInstance): boolean {
  return readText(fileOf(instance)) !== undefined;
}

/** All processes in it but those that hold it, also such as cleared every mark of theirs. */
export function processesIn(instance: ContainerInstance): number[] {
  const pid = holderOf(instance);
  if (pid === undefined) return [];
  const namespace = namespaceOf(pid);
  const isHolding = (each: number): boolean =>
    each === pid ||
    (parentOf(each) === pid && readText(`/proc/${String(each)}/cmdline`) === sleeping);
  return listProcesses().filter((each) => namespaceOf(each) === namespace && !isHolding(each));
}

/** Whether all processes of this machine are in it, as with --pid=host. */
function sharesNamespace({surroundings}: ContainerInstance, pid: number): boolean {
  return namespaceOf(pid) === namespaceOf(surroundings.pid);
}

/** The namespace of a process; undefined where it is gone, or another user's. */
function namespaceOf(pid: number): string | undefined {
  const link = (): string | undefined => readLink(`/proc/${String(pid)}/ns/pid`);
  return orUndefined(link, 'EACCES', 'EPERM', 'ESRCH');
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

/** To a process in the namespace, -1 is all of it but the first one and itself. */
const ending = `
grep -qs crcache-hold /proc/1/cmdline || exit 0 # it shares the processes of another machine: the marked ones are ended
others() {
  for file in /proc/[0-9]*/cmdline; do
    case $file in /proc/1/* | /proc/$$/*) continue ;; esac
    [ "$(tr '\\0' ' ' <"$file" 2>/dev/null)" = 'sleep 1000000 ' ] || [ ! -e "$file" ] || echo "$file"
  done
}
kill -TERM -1
for signal in CONT CONT CONT CONT CONT KILL KILL KILL; do
  [ -n "$(others)" ] || break
  sleep 0.2
  kill -$signal -1
done
[ -z "$(others)" ]`;

/** Whether the container runs; a failure where the engine does not say. */
export async function isRunning(instance: ContainerInstance, engine: Engine): Promise<boolean> {
  const words = ['ps', '--quiet', '--filter', `name=^${idOf(instance)}$`];
  return (await tellEngine(instance, engine, words)) !== '';
}
