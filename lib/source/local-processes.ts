// Processes of this machine that run in an instance: how they are found, and how they are ended.
//
// A run script notes itself in `running/` and hands its instance's incarnation down in the environment: by the
// note a command is found that cleared its environment, by the environment a grandchild that left its session. Whoever
// it has become by sudo is noted as well, in `running/sudo.UID`: they alone can look into the environment of what is theirs.

import {bearers, endProcesses} from '../end-processes.js';
import {CrcacheError} from '../errors.js';
import {askAtOnce} from '../ask-at-once.js';
import {listNames, orUndefined, readText, removeFile, writeOnce} from '../files.js';
import {
  parentOf,
  processesWith,
  startTimeOf,
  startTimeOfStat,
  withDescendants,
} from '../processes.js';
import type {InstanceFacts} from './source.js';

/** How long a process has to end by itself before it is killed. */
const graceMs = 1_000;

/** Ends all processes of an instance, and those that its type knows of besides: TERM, a grace, KILL, and seen gone. */
export async function endLocalProcesses(
  instance: InstanceFacts,
  findOthers?: (among: readonly number[]) => readonly number[],
): Promise<void> {
  const notes = `${instance.directory}/running`;
  if (findOthers === undefined && listNames(notes).length === 0) return;
  const left = await endProcesses(
    (among) => [...new Set([...findLocalProcesses(instance), ...(findOthers?.(among) ?? [])])],
    graceMs,
  );
  if (left.length > 0) throw cannotEnd(instance, left);
  for (const name of listNames(notes)) removeFile(`${notes}/${name}`);
}

/** The pids of all that runs in an instance, but for the process that asks and those that called it. */
function findLocalProcesses(instance: InstanceFacts): number[] {
  const notes = listNames(`${instance.directory}/running`);
  if (notes.length === 0) return [];
  const noted = notedProcesses(instance.directory, notes);
  const marked = [
    ...processesWith(`CRCACHE_INCARNATION=${instance.incarnation}`),
    ...processesBySudo(instance, notes),
  ];
  if (noted.length + marked.length === 0) return [];
  const ours = callersOf(instance.surroundings.pid);
  return withDescendants([...noted, ...marked]).filter((pid) => !ours.includes(pid));
}

/**
 * Removes the notes of processes that are gone, and keeps that there were some: what those have started may still run.
 * A pid that has been given to another process keeps its note, which that one may be about to write.
 */
export function removeDeadNotes(directory: string): void {
  const notes = `${directory}/running`;
  const isDead = (name: string): boolean =>
    /^[0-9]+$/.test(name) && startTimeOf(Number(name)) === undefined;
  const dead = listNames(notes).filter(isDead);
  if (dead.length === 0) return;
  const isThere = orUndefined(() => (writeOnce(`${notes}/gone`, ''), true), 'ENOENT') ?? false;
  if (isThere) for (const name of dead) removeFile(`${notes}/${name}`);
}

/** The pids in `running/` that still are the processes that noted them. */
function notedProcesses(directory: string, notes: readonly string[]): number[] {
  return notes
    .filter((name) => /^[0-9]+$/.test(name))
    .filter((name) => {
      const noted = readText(`${directory}/running/${name}`);
      return noted !== undefined && startTimeOfStat(noted) === startTimeOf(Number(name));
    })
    .map(Number);
}

/** The pids of what belongs to users whom commands have become by sudo. */
function processesBySudo({name, incarnation}: InstanceFacts, notes: readonly string[]): number[] {
  const users = notes.flatMap((note) => /^sudo\.([0-9]+)$/.exec(note)?.[1] ?? []);
  return users.flatMap((uid) => {
    const code = `${bearers}\nbearers "CRCACHE_INCARNATION=$1"; :`;
    const words = ['-n', '-u', `#${uid}`, '--', 'sh', '-c', code, 'sh', incarnation];
    const answer = askAtOnce('sudo', words, {env: searchPath, timeoutMs: 10_000});
    if (answer.status === 0) return [...answer.stdout.matchAll(/[0-9]+/g)].map(Number);
    throw new CrcacheError(
      'failed',
      `cannot see what runs in '${name}' as user ${uid}: ${answer.stderr.trim()}`,
      `sudo -u '#${uid}' true`,
    );
  });
}

const searchPath = {PATH: '/usr/local/bin:/usr/bin:/bin'};

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
