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

/** What files that hooks make may be allowed to others: as run-parts has it, and not as the state directory wants it. */
const umask = '022';

/** The command that runs a hook with these words; each has its own, so that it is known which one hangs. */
export function hookCommand(
  {name, path}: HookFile,
  words: readonly string[],
  runParts: string | undefined,
): readonly [string, ...string[]] {
  if (runParts === undefined) return ['sh', '-c', `umask ${umask}; exec "$0" "$@"`, path, ...words];
  const directory = path.slice(0, path.lastIndexOf('/'));
  const args = words.map((word) => `--arg=${word}`);
  const manner = ['--exit-on-error', `--umask=${umask}`, `--regex=^${name}$`];
  return [runParts, ...manner, ...args, '--', directory];
}

/** How a hook failed: by its status and, where that is run-parts' own or a shell's, by what these said last. */
export function howFailed({path}: HookFile, status: number, log: string): string {
  const hook = path.replace(/[^A-Za-z0-9/_-]/g, '\\$&');
  const said = (pattern: string): string | undefined =>
    new RegExp(`${pattern}\\n?$`).exec(log)?.[1];
  const byRunParts = `run-parts: (?:component )?${hook} exited`;
  const told = said(`${byRunParts} with return code ([0-9]+)`);
  const signal = said(`${byRunParts} because of uncaught signal ([0-9]+)`);
  // The hook may have left the line before unended.
  const reason =
    said(`run-parts: failed to exec ${hook}: ([^\\n]*)\\n.*`) ??
    (isNotRun(status) ? said(`(?:exec|line [0-9]+): ${hook}: ([^\\n]*)`) : undefined);
  if (reason !== undefined) return `it cannot be executed: ${reason}`;
  if (signal !== undefined) return `signal ${signal}`;
  return howFrom(Number(told ?? status));
}

/** A shell's statuses for what it cannot execute. */
function isNotRun(status: number): boolean {
  return status === 126 || status === 127;
}

/** A status in words; a shell's for a signal, of which there are 64, is told as that. */
function howFrom(status: number): string {
  return status > 128 && status <= 192
    ? `signal ${String(status - 128)}`
    : `status ${String(status)}`;
}
