// Runs the hooks of one phase for one instance.
//
// What they print goes to the instance's hooks.log and, as it comes, to whoever listens; they have no stdin. When one
// has ended, or its time is up, whatever is left of its process group ends, too: a server that is to go on has to leave
// it, as daemons do.

import {CrcacheError} from '../errors.js';
import {exists, sizeOf, writeWhole} from '../files.js';
import {openReader, readEnd} from '../pieces.js';
import {runLoggedTool} from '../tools.js';
import {clockMs} from '../time.js';
import {hookFiles, type HookFile} from './hook-files.js';
import {findRunParts, hookCommand, howFailed} from './run-parts.js';

/** The moments in the life of an instance, and of commands in it, that hooks are run at; each has a directory of this name and '.d'. */
export const phases = [
  'provision',
  'concurrency',
  'allocate',
  'pre-run',
  'post-run',
  'release',
  'discard',
] as const;

export type Phase = (typeof phases)[number];

/** Whether the hooks of what an instance stands on come before its own; else they come after them. */
export function isOnTheWayUp(phase: Phase): boolean {
  return !['post-run', 'release', 'discard'].includes(phase);
}

export interface HookRun {
  readonly phase: Phase;
  /** Holds the directories of hooks. */
  readonly directory: string;
  readonly instance: string;
  /** What each hook is given. */
  readonly words: readonly string[];
  /** What hooks find in their environment, all of it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly log: string;
  /** How the name of the directory begins in which the processes note themselves. */
  readonly workersDirectory: string;
  readonly timeoutMs: number;
  /** Ends the hook that runs, which has failed then. */
  readonly abort?: AbortSignal | undefined;
  /** Gets what the hooks print. */
  readonly listen: (piece: Buffer) => void;
  /** Told of a file that is passed over. */
  readonly warn: (line: string) => void;
}

/** Where the hooks of a phase are. */
export function hooksOf(directory: string, phase: Phase): string {
  return `${directory}/${phase}.d`;
}

/** Whether there is a directory for the hooks of a phase. */
export function phaseHasHooks(directory: string, phase: Phase): boolean {
  return exists(hooksOf(directory, phase));
}

/**
 * Runs the hooks one by one, if there are any, and tells how long each took. The first that fails is the last, and named
 * by a failure of the kind 'hook'.
 */
export async function runHooks(
  run: HookRun,
  tell: (name: string, ms: number) => void = () => undefined,
): Promise<void> {
  const runParts = findRunParts(run.env);
  for (const hook of hooksToRun(run)) {
    const begun = clockMs();
    await runHook(run, hook, runParts);
    tell(hook.name, clockMs() - begun);
  }
}

/**
 * Runs hooks that decide on a number: each is told the number so far, and the last line of its output that is one is the
 * next.
 */
export async function askHooks(run: HookRun, first: number): Promise<number> {
  const runParts = findRunParts(run.env);
  let number = first;
  for (const hook of hooksToRun(run)) {
    const from = sizeOf(run.log);
    const env = {...run.env, CRCACHE_CONCURRENCY: String(number)};
    // An answer is not meant for whoever waits for the instance.
    await runHook({...run, env, listen: () => undefined}, hook, runParts);
    const {numbers, last} = answerIn(readEnd(run.log, keptBytes, from).toString('latin1'));
    number = numbers.at(-1) ?? number;
    // Whoever prints one that cannot be has meant to say something.
    if (numbers.length === 0 && /^[-+]?[0-9][0-9.,]*$/.test(last)) {
      const told = `hook '${hook.name}' of ${run.phase}.d printed '${last}'`;
      run.warn(`${told}, which is no whole number from 1 to 999999999: it stays ${String(number)}`);
    }
  }
  return number;
}

/** The numbers that stand on lines of their own, and the last line. */
function answerIn(output: string): {numbers: readonly number[]; last: string} {
  const lines = output.split('\n').map((line) => line.trim());
  const numbers = lines.filter((line) => /^[1-9][0-9]{0,8}$/.test(line)).map(Number);
  return {numbers, last: lines.findLast((line) => line !== '') ?? ''};
}

/** Hooks may print without end; what they said last is what counts. */
export const keptBytes = 1024 * 1024;

/** An instance, and its log, may be there for years. */
function shortenLog(log: string): void {
  if (sizeOf(log) <= 16 * keptBytes) return;
  writeWhole(log, readEnd(log, keptBytes).toString('utf8'));
}

/** The hooks of the phase; what is skipped is warned of. */
function hooksToRun(run: HookRun): HookFile[] {
  shortenLog(run.log);
  return hookFiles(hooksOf(run.directory, run.phase), run.env).filter(({name, problem}) => {
    if (problem?.isSkipped !== true) return true;
    run.warn(`hook '${name.replace(/\p{Cc}/gu, '?')}' of ${run.phase}.d ${problem.what}`);
    return false;
  });
}

async function runHook(run: HookRun, hook: HookFile, runParts: string | undefined): Promise<void> {
  const {phase, instance, log, timeoutMs, listen} = run;
  const failure = (how: string, hint?: string): CrcacheError =>
    new CrcacheError(
      'hook',
      `hook '${hook.name}' of ${phase}.d failed for '${instance}': ${how}`,
      hint,
    );
  // A shell would read as its own what run-parts does not execute.
  if (hook.problem !== undefined) throw failure(`it ${hook.problem.what}`, hook.problem.hint);
  const from = sizeOf(log);
  const tail = startTail(log, from, listen);
  try {
    const [program, ...words] = hookCommand(hook, run.words, runParts);
    const {status, isLate} = await runLoggedTool(program, words, run);
    if (status === 0 && !isLate) return;
    const said = readEnd(log, 65_536, from);
    const how = isLate
      ? `it did not end within ${String(timeoutMs / 1000)} s`
      : howFailed(hook, status, said.toString('utf8'));
    throw failure(how);
  } finally {
    tail.end();
  }
}

const tailEveryMs = 100;

/** Hands on what is added to a file, until the end is told. */
function startTail(path: string, from: number, listen: (piece: Buffer) => void): {end: () => void} {
  let position = from;
  const read = (): void => {
    const reader = openReader(path);
    if (reader === undefined) return;
    const size = reader.size();
    while (position < size) {
      const piece = reader.read(position, Math.min(size, position + 65_536));
      if (piece.length === 0) break;
      position += piece.length;
      listen(piece);
    }
    reader.close();
  };
  const timer = setInterval(read, tailEveryMs);
  return {
    end: () => {
      clearInterval(timer);
      read();
    },
  };
}
