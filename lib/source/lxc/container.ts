// The container of an instance: LXC starts it, and it is known by its first process.

import {awaitEnd, endProcesses} from '../../end-processes.js';
import {CrcacheError} from '../../errors.js';
import {readText, removeFile, writeWhole} from '../../files.js';
import {idOf} from '../ids.js';
import {notedIn} from '../holder.js';
import {
  childrenOf,
  ownIds,
  parentOf,
  processesWith,
  sendSignal,
  startTimeOf,
} from '../../processes.js';
import {hasOwnInit, markOf} from './config.js';
import {thaw} from './freezer.js';
import {backendOf, type LxcInstance, monitorFileOf, pathOf, pidFileOf} from './keys.js';

/** What says which container a tool of LXC is to act on. */
export function named(instance: LxcInstance): readonly string[] {
  return ['-P', backendOf(instance), '-n', idOf(instance)];
}

/** Starts it as its configuration says. */
export async function start(instance: LxcInstance): Promise<void> {
  if (ownIds().uid !== 0) {
    throw new CrcacheError(
      'failed',
      'containers of LXC are for root',
      'sudo, or a source of another type: chroot and container work for ordinary users',
    );
  }
  const log = `${pathOf(instance)}/log`;
  for (const each of [log, monitorFileOf(instance)]) removeFile(each);
  // What the container's monitor inherits it keeps for as long as that lives.
  const settings = [markOf(instance), `PATH=${searchPath}`, 'LC_ALL=C'];
  const words = [...named(instance), '-p', monitorFileOf(instance), '-o', log, '-l', 'ERROR'];
  const {askTool} = instance.surroundings;
  const {status} = await askTool('lxc-start', words, {settings, isClean: true});
  if (status === 127)
    throw new CrcacheError('failed', 'there is no LXC here', 'apt-get install lxc');
  if (status !== 0) throw failed(instance, 'start', lastError(readText(log) ?? ''));
  // Its monitor has started nothing else.
  const [first] = childrenOf(Number(readText(monitorFileOf(instance))));
  const started = first === undefined ? undefined : startTimeOf(first);
  if (started === undefined) throw failed(instance, 'start', 'its first process has ended');
  writeWhole(pidFileOf(instance), `${String(first)} ${started}\n`);
}

const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Ends it; one that is gone already is fine. What it has in control groups goes, too, where its monitor was killed. */
export async function stop(instance: LxcInstance): Promise<void> {
  const {askTool} = instance.surroundings;
  await thaw(instance);
  if (await endFirst(instance)) {
    removeFile(pidFileOf(instance));
    return;
  }
  // A dead worker may have left one, or what is left of one, that is noted nowhere.
  const mark = markOf(instance);
  const left = await endProcesses(() => {
    const first = notedIn(pidFileOf(instance));
    return [...(first === undefined ? [] : [first]), ...processesWith(mark)];
  }, 0);
  if (left.length > 0) {
    throw failed(instance, 'end', `process ${left.join(', ')} does not go`);
  }
  removeFile(pidFileOf(instance));
  await askTool('sh', ['-c', removingGroups, idOf(instance)]);
}

/** How long a monitor may take to remove what it has made. */
const sweepingMs = 2_000;

/** All that runs in it ends with its first process; whether its monitor has ended then, too, and removed what it made. */
async function endFirst(instance: LxcInstance): Promise<boolean> {
  const first = notedIn(pidFileOf(instance));
  const monitor = monitorOf(instance);
  if (first !== undefined) sendSignal(first, 'SIGKILL');
  if (monitor === undefined) return false;
  const find = (): number[] => (startTimeOf(monitor) === undefined ? [] : [monitor]);
  return (await awaitEnd(find, sweepingMs)).length === 0;
}

/** Below them are those of commands. Who has just been ended is in its group for a moment still. */
const removingGroups = `ours() { find /sys/fs/cgroup -depth -type d \\( -path "*/lxc.*.$id" -o -path "*/lxc.*.$id/*" \\) "$@" 2>/dev/null; }
id=$0
for round in 1 2 3 4 5 6 7 8 9 10; do
  ours -delete
  [ -n "$(ours -print -quit)" ] || exit 0
  sleep 0.1
done
exit 1`;

export function isRunning(instance: LxcInstance): boolean {
  return notedIn(pidFileOf(instance)) !== undefined;
}

/** Its monitor, whom all tools of LXC ask; where that was killed, a container that is frozen does not die with it. */
export function monitorOf(instance: LxcInstance): number | undefined {
  const first = notedIn(pidFileOf(instance));
  const parent = first === undefined ? undefined : parentOf(first);
  const isMonitor = readText(`/proc/${String(parent)}/cmdline`)?.startsWith('[lxc monitor]');
  return isMonitor === true ? parent : undefined;
}

/** Ends it, where its first process is its own with what that wants to end first. */
export async function shutDown(instance: LxcInstance): Promise<void> {
  if (hasOwnInit(instance) && isRunning(instance)) {
    await instance.surroundings.askTool('lxc-stop', [...named(instance), '--timeout', '20']);
  }
  await stop(instance);
}

export async function restart(instance: LxcInstance): Promise<void> {
  await shutDown(instance);
  await start(instance);
}

/** Has a tool of LXC do something with it; the value is what that prints. */
export async function tell(
  instance: LxcInstance,
  tool: string,
  words: readonly string[],
): Promise<string> {
  const {askTool} = instance.surroundings;
  const {status, stdout, stderr} = await askTool(tool, [...named(instance), ...words]);
  if (status === 0) return stdout.trim();
  throw failed(instance, `have ${tool} for`, lastError(stderr));
}

function failed({name}: LxcInstance, verb: string, why: string): CrcacheError {
  return new CrcacheError('failed', `cannot ${verb} '${name}': ${why}`);
}

/** The first error that LXC tells is the cause of the others; before it are a name, a time and a place of its code. */
function lastError(said: string): string {
  const line = said.split('\n').find((each) => each.includes('ERROR')) ?? said.trim();
  return line.replace(/^.* - \S+?:\S+?:[0-9]+ - /, '') || 'LXC does not say why';
}
