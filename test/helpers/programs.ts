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
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // it is gone already
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
