// The program run in the test's own process, with outputs that remember what was written.

import {commands} from '../../cmd/table.js';
import type {Environment} from '../../lib/cli/context.js';
import {reportOf} from '../../lib/cli/exit-status.js';
import {runProgram} from '../../lib/cli/program.js';
import {contextFrom} from './context.js';

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
  const context = contextFrom({env, commands});
  const stdout = isTerminal ? {...context.stdout, isTerminal} : context.stdout;
  try {
    const status = await runProgram({...context, stdout}, argv);
    return {status, stdout: context.written(), stderr: context.said()};
  } catch (error) {
    const {status, lines} = reportOf(error);
    return {
      status,
      stdout: context.written(),
      stderr: context.said() + lines.map((line) => `${line}\n`).join(''),
    };
  }
}
