// Other programs: finding them, and running them to their end.

import {spawn, type ChildProcess} from 'node:child_process';
import {accessSync, constants, statSync} from 'node:fs';
import path from 'node:path';
import {text} from 'node:stream/consumers';

export interface RunOptions {
  readonly cwd?: string;
  /** The whole environment of the program. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What it reads on stdin, which is empty otherwise. */
  readonly input?: string;
  /** Called with the process as soon as there is one. */
  readonly onStart?: (child: ChildProcess) => void;
}

export interface Result {
  /** The exit status; null where a signal ended it. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program, as the leader of a process group of its own, and waits for its end and for that of its output. */
export async function runProcess(
  program: string,
  words: readonly string[],
  options: RunOptions = {},
): Promise<Result> {
  const child = spawn(program, words, {
    cwd: options.cwd,
    env: options.env,
    stdio: 'pipe',
    detached: true,
  });
  options.onStart?.(child);
  child.stdin.on('error', () => undefined); // it may end without having read all of it
  child.stdin.end(options.input ?? '');
  const end = new Promise<Pick<Result, 'status' | 'signal'>>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => {
      resolve({status, signal});
    });
  });
  const [{status, signal}, stdout, stderr] = await Promise.all([
    end,
    text(child.stdout),
    text(child.stderr),
  ]);
  return {status, signal, stdout, stderr};
}

/** Ends a process that runProcess started, and all of its group. */
export function killGroup(child: ChildProcess): void {
  if (child.pid !== undefined && hasGroup(child)) send('SIGKILL', -child.pid);
}

/**
 * Whether anything is left of the group of a process that runProcess started. Its number is given to others once nothing
 * is, which on a machine that starts hundreds of processes a second takes two minutes: that of one that has ended is theirs
 * where it is a process again.
 */
export function hasGroup({pid, exitCode, signalCode}: ChildProcess): boolean {
  if (pid === undefined) return false;
  const hasEnded = (exitCode ?? signalCode) !== null;
  return send(0, -pid) && !(hasEnded && send(0, pid));
}

/** Whether there is anybody who gets the signal. */
function send(signal: 0 | 'SIGKILL', target: number): boolean {
  try {
    return process.kill(target, signal);
  } catch {
    return false;
  }
}

/** The file that runs for a program's name or path. */
export function findProgram(name: string, searchPath = process.env['PATH']): string | undefined {
  const files = (searchPath ?? '').split(':').map((directory) => path.resolve(directory, name));
  return files.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return statSync(file).isFile();
    } catch {
      return false;
    }
  });
}
