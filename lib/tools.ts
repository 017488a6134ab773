// Programs that are run as part of a transition: who takes it over from a dead worker can find them, and ends them.

import {constants} from 'node:os';
import {dirname} from 'node:path';
import {closeInherited} from './descriptors.js';
import {CrcacheError, hasCode} from './errors.js';
import {
  listNames,
  makeDirectory,
  readText,
  removeFile,
  removeIfEmpty,
  renameIfThere,
} from './files.js';
import {answerWithin, cannotRun, type ToolAnswer} from './tool-answer.js';
import {removeTree} from './trees.js';
import {membersOf, sendSignal, startTimeOf, startTimeOfStat} from './processes.js';
import {putOffDeath} from './signals.js';
import {ownDirectory} from './this-process.js';
import {callAfter, clockMs} from './time.js';

export interface ToolOptions {
  /** How the directory's name begins where the tool notes its pid and start time; made here, and removed. */
  readonly workersDirectory: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
}

/** Notes the process before it becomes the tool. Where the directory was taken away, the tool never starts. */
const notingItself = 'read -r stat </proc/$$/stat && echo "$stat" >"$0/$$" && exec "$@"';

/**
 * Runs a tool as part of a transition: in a session of its own and noted in a directory, so that who takes over
 * from a dead worker can end it first. A tool that fails is a failure that quotes the end of what it said.
 */
export async function runTool(
  program: string,
  words: readonly string[],
  options: ToolOptions,
): Promise<void> {
  const {status, signal, all} = await askTool(program, words, {...options, isQuoted: true});
  if (status === 0) return;
  const end = all.trim().split('\n').at(-1) ?? '';
  const how = signal ?? `status ${String(status)}`;
  throw new CrcacheError('failed', `'${program}' ended with ${how}${end === '' ? '' : `: ${end}`}`);
}

export interface AskedToolOptions extends ToolOptions {
  readonly input?: string;
  /** The caller's unless given. */
  readonly cwd?: string;
  /** Only the end of what it prints is wanted. */
  readonly isQuoted?: boolean;
}

/** The same for a tool whose answer is wanted, whatever its status is. One that takes too long is a failure. */
export async function askTool(
  program: string,
  words: readonly string[],
  {workersDirectory, env, timeoutMs, input, cwd, isQuoted = false}: AskedToolOptions,
): Promise<ToolAnswer> {
  const {spawn} = await import('node:child_process');
  const {command, forget} = noteIn(workersDirectory, [program, ...words]);
  try {
    const child = spawn(command[0], command.slice(1), {
      env: {...env},
      cwd: cwd ?? ownDirectory(),
      detached: true,
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    child.stdin?.on('error', () => undefined); // it need not read what it is given
    child.stdin?.end(input);
    const answer = await answerWithin(child, {timeoutMs, isQuoted});
    if (answer !== 'late') return answer;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return {...nothing, status: 127};
    throw cannotRun(program, error);
  } finally {
    forget();
  }
  const seconds = String(timeoutMs / 1000);
  throw new CrcacheError('failed', `'${program}' did not end within ${seconds} s`);
}

const nothing = {signal: undefined, stdout: '', stderr: '', all: ''} as const;

export interface Noted {
  readonly command: readonly [string, ...string[]];
  /** To be called when it has ended. */
  readonly forget: () => void;
}

/** A command that notes itself before it becomes a tool, and must be the first of its group; as it is, if nowhere. */
export function noteIn(workersDirectory: string | undefined, command: Noted['command']): Noted {
  if (workersDirectory === undefined) return {command, forget: () => undefined};
  const notes = makeNotes(workersDirectory);
  return {
    command: ['sh', '-c', notingItself, notes, ...command],
    forget: () => {
      for (const name of listNames(notes)) removeFile(`${notes}/${name}`);
      removeIfEmpty(notes);
    },
  };
}

/** Nothing is made in the place of an instance that has gone: its name would be taken for ever. */
function makeNotes(workersDirectory: string): string {
  const notes = `${workersDirectory}${Math.random().toString(36).slice(2)}`;
  const workers = dirname(notes);
  try {
    makeDirectory(workers, 'alone');
    makeDirectory(notes, 'alone');
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
    throw new CrcacheError('failed', `'${dirname(workers)}' has gone`);
  }
  return notes;
}

export interface LoggedToolOptions extends ToolOptions {
  readonly cwd: string;
  /** The file that gets all that it prints. */
  readonly log: string;
  /** Ends it as its time does, when it is aborted. */
  readonly abort?: AbortSignal | undefined;
}

/** Notes the process, and gives it a file for its output, before it becomes the tool. */
const loggingItself =
  'read -r stat </proc/$$/stat && echo "$stat" >"$0/$$" && log=$1 && shift && exec "$@" >>"$log" 2>&1';

const termGraceMs = 5_000;

/**
 * Runs a tool whose output goes to a file. When it ends, or its time is up, the rest of its group ends, too. A signal that
 * ends this process ends the tool first, which would not get it in its session of its own.
 */
export async function runLoggedTool(
  program: string,
  words: readonly string[],
  {workersDirectory, env, timeoutMs, cwd, log, abort}: LoggedToolOptions,
): Promise<{status: number; isLate: boolean}> {
  const {execa} = await import('execa');
  const notes = makeNotes(workersDirectory);
  closeInherited();
  const die = putOffDeath(() => {
    endIt();
  });
  const child = execa('sh', ['-c', loggingItself, notes, log, program, ...words], {
    env: {...env},
    extendEnv: false,
    cwd,
    detached: true,
    cleanup: false,
    stdio: 'ignore',
    reject: false,
  });
  const {pid} = child;
  let isLate = false as boolean;
  let ending: Promise<void> | undefined;
  const endIt = (): void => {
    if (pid !== undefined) ending ??= endGroupGently(pid);
  };
  const stopWaiting = callAfter(timeoutMs, () => {
    isLate = true;
    endIt();
  });
  abort?.addEventListener('abort', endIt);
  const {exitCode, signal, cause} = await child;
  stopWaiting();
  abort?.removeEventListener('abort', endIt);
  await ending;
  if (pid !== undefined && membersOf(pid).length > 0) sendSignal(-pid, 'SIGKILL');
  removeTree(notes);
  die();
  if (pid === undefined) throw cannotRun('sh', cause);
  return {status: exitCode ?? 128 + constants.signals[signal ?? 'SIGKILL'], isLate};
}

/** Asks a group to end, and kills what of it is left after the time of grace, also where its leader has gone before. */
async function endGroupGently(leader: number): Promise<void> {
  sendSignal(-leader, 'SIGTERM');
  const deadline = clockMs() + termGraceMs;
  while (membersOf(leader).length > 0 && clockMs() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  sendSignal(-leader, 'SIGKILL');
}

/**
 * Ends what a dead worker's tools left running, and sees it gone. The directory is renamed first: a tool that has not
 * noted itself yet then cannot, and does not start.
 */
export async function endTools(
  workersDirectory: string,
  isMeant: (name: string) => boolean = () => true,
): Promise<void> {
  for (const name of listNames(workersDirectory).filter(isMeant)) {
    const taken = name.endsWith('.ended') ? name : `${name}.ended`;
    renameIfThere(`${workersDirectory}/${name}`, `${workersDirectory}/${taken}`);
    for (const note of listNames(`${workersDirectory}/${taken}`)) {
      await endGroup(Number(note), await writtenNote(`${workersDirectory}/${taken}/${note}`));
    }
    removeTree(`${workersDirectory}/${taken}`);
  }
}

/** What a process notes of itself; one that has just made its note writes it in the next moment, or never. */
async function writtenNote(path: string): Promise<string> {
  for (const deadline = clockMs() + 1_000; ;) {
    const text = readText(path) ?? '';
    if (text.endsWith('\n') || clockMs() > deadline) return text;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function endGroup(leader: number, stat: string): Promise<void> {
  if (!Number.isInteger(leader) || leader <= 1) return;
  const start = startTimeOf(leader);
  if (start !== undefined && start !== startTimeOfStat(stat)) return; // the pid is somebody else's today
  const deadline = clockMs() + 10_000;
  for (;;) {
    const members = membersOf(leader);
    if (members.length === 0) return;
    if (clockMs() > deadline) {
      throw new CrcacheError('failed', `cannot end process ${members.join(', ')}`);
    }
    sendSignal(-leader, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
