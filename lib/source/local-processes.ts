// Processes of this machine that run in an instance: how they are found, and how they are ended.
//
// A run script notes itself in `running/` and hands its instance's incarnation down in the environment: by the
// note a command is found that cleared its environment, by the environment a grandchild that left its session.

import {CrcacheError} from '../errors.js';
import {listNames, readText, removeFile} from '../files.js';
import {
  environmentOf,
  listProcesses,
  parentOf,
  sendSignal,
  startTimeOf,
  startTimeOfStat,
} from '../processes.js';
import type {InstanceFacts} from './source.js';

/** How long a process has to end by itself before it is killed, and how long the kernel has to do that. */
const graceMs = 1_000;
const killedMs = 10_000;

/** Ends all processes of an instance: TERM, a grace, KILL, and seen gone. */
export async function endLocalProcesses(instance: InstanceFacts): Promise<void> {
  const start = performance.now();
  for (let round = 0; ; round++) {
    const pids = findLocalProcesses(instance);
    if (pids.length === 0) break;
    const elapsedMs = performance.now() - start;
    if (elapsedMs > killedMs) throw cannotEnd(instance, pids);
    const signal = elapsedMs > graceMs ? 'SIGKILL' : 'SIGTERM';
    if (round === 0 || signal === 'SIGKILL') for (const pid of pids) sendSignal(pid, signal);
    await new Promise((resolve) => setTimeout(resolve, Math.min(2 ** round, 50)));
  }
  for (const name of listNames(`${instance.directory}/running`)) {
    removeFile(`${instance.directory}/running/${name}`);
  }
}

/** The pids of all that runs in an instance, but for the process that asks and those that called it. */
function findLocalProcesses(instance: InstanceFacts): number[] {
  const noted = notedProcesses(instance.directory);
  if (noted.length === 0 && listNames(`${instance.directory}/running`).length === 0) return [];
  const mark = `CRCACHE_INCARNATION=${instance.incarnation}`;
  const ours = new Set(callersOf(instance.surroundings.pid));
  const found = new Set(noted);
  const processes = listProcesses();
  for (const pid of processes) {
    if (environmentOf(pid).includes(mark)) found.add(pid);
  }
  addDescendants(found, processes);
  return [...found].filter((pid) => !ours.has(pid) && startTimeOf(pid) !== undefined);
}

/** The pids in `running/` that still are the processes that noted them. */
function notedProcesses(directory: string): number[] {
  return listNames(`${directory}/running`)
    .filter((name) => /^[0-9]+$/.test(name))
    .filter((name) => {
      const noted = readText(`${directory}/running/${name}`);
      return noted !== undefined && startTimeOfStat(noted) === startTimeOf(Number(name));
    })
    .map(Number);
}

function addDescendants(found: Set<number>, processes: readonly number[]): void {
  const parents = new Map(processes.map((pid) => [pid, parentOf(pid)]));
  for (let size = -1; size !== found.size;) {
    size = found.size;
    for (const [pid, parent] of parents) if (found.has(parent ?? 0)) found.add(pid);
  }
}

function callersOf(pid: number): number[] {
  const callers = [pid];
  for (let parent = parentOf(pid); parent !== undefined && parent > 1; parent = parentOf(parent)) {
    callers.push(parent);
  }
  return callers;
}

function cannotEnd({name}: InstanceFacts, pids: readonly number[]): CrcacheError {
  return new CrcacheError(
    'failed',
    `cannot end what runs in '${name}': process ${pids.join(', ')} does not go`,
  );
}
