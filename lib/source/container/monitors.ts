// What podman has started for a container, and does not know of.
//
// Its run has a monitor, conmon, call the runtime, and notes that when this is done. Where a run was killed before, podman's rm
// sees nothing to end: monitor, process and control groups of the container would stay.

import {CrcacheError} from '../../errors.js';
import {orUndefined, readLink, readText, statOf} from '../../files.js';
import {childrenOf, listProcesses, ownIds, sendSignal} from '../../processes.js';
import {clockMs, pauseAfter} from '../../time.js';
import {idOf} from '../ids.js';
import type {ContainerInstance} from './keys.js';

/** How long a monitor has to end whose container is gone. */
const endingMs = 10_000;

interface Monitor {
  readonly pid: number;
  readonly runtime: string;
  /** The runtime's name of what it watches. */
  readonly container: string;
}

/** Ends what still runs for a container that podman has removed. */
export async function endMonitors(instance: ContainerInstance): Promise<void> {
  const start = clockMs();
  for (;;) {
    const monitors = monitorsOf(idOf(instance));
    if (monitors.length === 0) return;
    const elapsedMs = clockMs() - start;
    if (elapsedMs > endingMs) {
      const pids = monitors.map(({pid}) => pid).join(', ');
      throw new CrcacheError(
        'failed',
        `podman's process ${pids} for '${instance.name}' does not go`,
      );
    }
    // The runtime may be about to make it, and is asked again then.
    for (const monitor of monitors) await endContainer(instance, monitor);
    await pauseAfter(elapsedMs);
  }
}

/** Has the runtime end a container, and remove what is its own; the monitor goes when that has ended. */
async function endContainer(
  {surroundings}: ContainerInstance,
  {pid, runtime, container}: Monitor,
): Promise<void> {
  const [program, ...words] = [
    ...(ownIds().uid === 0 ? [] : ['podman', 'unshare']),
    ...[runtime, 'delete', '--force', container],
  ] as [string, ...string[]];
  const {status} = await surroundings.askTool(program, words);
  if (status !== 0) for (const child of childrenOf(pid)) sendSignal(child, 'SIGKILL');
}

/** The monitors of a container's name. What they say is believed of nobody else's processes, and of no other program. */
function monitorsOf(id: string): Monitor[] {
  return listProcesses().flatMap((pid) => {
    const words = orUndefined(() => readText(`/proc/${String(pid)}/cmdline`), 'ESRCH') ?? '';
    if (!words.includes(`\0-n\0${id}\0`)) return [];
    const program = orUndefined(() => readLink(`/proc/${String(pid)}/exe`), 'ESRCH', 'EACCES');
    if (Number(statOf(`/proc/${String(pid)}`)?.uid) !== ownIds().uid) return [];
    const [, container] = /\0-c\0([^\0]+)\0/.exec(words) ?? [];
    const [, runtime] = /\0-r\0([^\0]+)\0/.exec(words) ?? [];
    if (container === undefined || runtime === undefined) return [];
    return /\/conmon( \(deleted\))?$/.test(program ?? '') ? [{pid, runtime, container}] : [];
  });
}
