// How a hook is run: by Debian's run-parts, or in the same way where the machine has none or another one.

import {isExecutable, readBytes, realPath} from '../files.js';
import type {HookFile} from './hook-files.js';

/** Debian's run-parts on the PATH; others (of busybox, of cronie) understand other options, or none. */
export function findRunParts(
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const directories = (env['PATH'] ?? '').split(':').filter((each) => each.startsWith('/'));
  const program = directories.map((each) => `${each}/run-parts`).find(isExecutable);
  if (program === undefined || realPath(program)?.endsWith('/busybox') === true) return undefined;
  const start = readBytes(program)?.subarray(0, 2).toString('latin1');
  return start === '#!' ? undefined : program;
}

/** The command that runs a hook with these words; each has its own, so that it is known which one hangs. */
export function hookCommand(
  {name, path}: HookFile,
  words: readonly string[],
  runParts: string | undefined,
): readonly [string, ...string[]] {
  if (runParts === undefined) return [path, ...words];
  const directory = path.slice(0, path.lastIndexOf('/'));
  const args = words.map((word) => `--arg=${word}`);
  return [runParts, '--exit-on-error', `--regex=^${name}$`, ...args, '--', directory];
}

/** How a hook failed: by what is wrong with its file, or else by its status and what run-parts, whose own does not tell, said last. */
export function howFailed({problem}: HookFile, status: number, log: string): string {
  if (problem !== undefined) return `it ${problem.what}`;
  for (const line of log.trimEnd().split('\n').reverse()) {
    const [, how, number] =
      /^run-parts: (?:component |failed to exec )?\/.*?(?: exited with return code ([0-9]+)| exited because of uncaught signal ([0-9]+)|:.*)$/.exec(
        line,
      ) ?? [];
    if (how !== undefined) return howFrom(Number(how));
    if (number !== undefined) return `signal ${number}`;
    if (line.startsWith('run-parts: ')) return 'it cannot be executed';
  }
  return howFrom(status);
}

/** A status in words; a shell's for a signal is told as that. */
function howFrom(status: number): string {
  return status > 128 ? `signal ${String(status - 128)}` : `status ${String(status)}`;
}
