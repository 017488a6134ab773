// Runs the hooks of one phase for one instance.
//
// What they print goes to the instance's hooks.log and, as it comes, to whoever listens; they have no stdin. When they
// have ended, or their time is up, whatever is left of their process group ends, too: a server that is to go on
// has to leave it, as daemons do.

import {CrcacheError} from '../errors.js';
import {exists, readText, sizeOf} from '../files.js';
import {openReader} from '../pieces.js';
import {runLoggedTool} from '../tools.js';
import {failedPart, findRunParts, howFrom, partsOf, runPartsCommand} from './run-parts.js';

/** The moments in an instance's life that hooks are run at; each has a directory of this name and '.d'. */
export const phases = ['provision', 'allocate', 'release', 'discard'] as const;

export type Phase = (typeof phases)[number];

export interface HookRun {
  readonly phase: Phase;
  /** Holds the directories of hooks. */
  readonly directory: string;
  readonly instance: string;
  /** What hooks find in their environment, all of it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly log: string;
  /** How the name of the directory begins in which the processes note themselves. */
  readonly workersDirectory: string;
  readonly timeoutMs: number;
  /** Gets what the hooks print. */
  readonly listen: (piece: Buffer) => void;
  /** Told of a file that is passed over. */
  readonly warn: (line: string) => void;
}

/** Where the hooks of a phase are. */
export function hooksOf(directory: string, phase: Phase): string {
  return `${directory}/${phase}.d`;
}

/** Runs the hooks, if there are any; a failure of the kind 'hook' names the one that failed. */
export async function runHooks(run: HookRun): Promise<void> {
  const directory = hooksOf(run.directory, run.phase);
  if (!exists(directory)) return;
  const parts = partsOf(directory);
  for (const {name, skipped} of parts) {
    if (skipped !== undefined) run.warn(`hook '${name}' of ${run.phase}.d is not run: ${skipped}`);
  }
  if (parts.every(({skipped}) => skipped !== undefined)) return;
  await runLogged(run, runPartsCommand(directory, [run.instance], findRunParts(run.env)));
}

/** Runs the hooks one by one, and tells how long each took. */
export async function runHooksTimed(
  run: HookRun,
  tell: (name: string, ms: number) => void,
): Promise<void> {
  for (const {name, path, skipped} of partsOf(hooksOf(run.directory, run.phase))) {
    if (skipped !== undefined) continue;
    const begun = performance.now();
    await runLogged(run, [path, run.instance], name);
    tell(name, performance.now() - begun);
  }
}

/** Runs a command of hooks, or the one hook of that name. */
async function runLogged(
  run: HookRun,
  [program, ...words]: readonly [string, ...string[]],
  name?: string,
): Promise<void> {
  const {phase, instance, log, timeoutMs, listen} = run;
  const tail = startTail(log, sizeOf(log), listen);
  try {
    const {status, isLate} = await runLoggedTool(program, words, run);
    if (status === 0) return;
    const end = (readText(log) ?? '').slice(-65_536);
    const part = (name === undefined ? failedPart(end) : undefined) ?? {name, how: howFrom(status)};
    const which = isLate || part.name === undefined ? 'a hook' : `hook '${part.name}'`;
    const how = isLate ? `it did not end within ${String(timeoutMs / 1000)} s` : part.how;
    throw new CrcacheError('hook', `${which} of ${phase}.d failed for '${instance}': ${how}`);
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
