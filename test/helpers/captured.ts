// The program run in the test's own process, with outputs that remember what was written.

import {Readable} from 'node:stream';
import {commands} from '../../cmd/table.js';
import type {Context, Environment, Output} from '../../lib/cli/context.js';
import {reportOf} from '../../lib/cli/exit-status.js';
import {runProgram} from '../../lib/cli/program.js';
import {noTrace} from '../../lib/trace.js';

export interface Surroundings {
  readonly env?: Environment;
  readonly isTerminal?: boolean;
}

export interface Captured {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line as the program does, and tells what came of it. */
export async function runCaptured(
  argv: readonly string[],
  {env = {}, isTerminal = false}: Surroundings = {},
): Promise<Captured> {
  const written = {stdout: '', stderr: ''};
  const output = (name: keyof typeof written): Output => ({
    isTerminal,
    columns: 80,
    write: (text) => {
      written[name] += text;
      return Promise.resolve();
    },
  });
  const context: Context = {
    env,
    cwd: '/',
    home: undefined,
    stdin: Readable.from([]),
    stdout: output('stdout'),
    stderr: output('stderr'),
    isQuiet: false,
    isVerbose: false,
    trace: noTrace,
    pid: process.pid,
    now: () => new Date(0),
    version: '0.0.0',
    commands,
  };
  try {
    return {status: await runProgram(context, argv), ...written};
  } catch (error) {
    const {status, lines} = reportOf(error);
    return {status, stdout: written.stdout, stderr: lines.map((line) => `${line}\n`).join('')};
  }
}
