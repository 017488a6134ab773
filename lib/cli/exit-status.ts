// What the exit statuses mean, and the one function that turns errors into them.

import {harmless} from '../output/safe.js';
import {CrcacheError, describeErrno, isFromSystem, type FailureKind} from '../errors.js';

export const exitStatus = {
  done: 0,
  failed: 1,
  usage: 2,
  'not-found': 10,
  locked: 11,
  exhausted: 12,
  hook: 13,
  damaged: 14,
  bug: 70,
} as const satisfies Record<FailureKind | 'done' | 'bug', number>;

/** What each status means, for the manual. */
export const exitMeanings: Record<keyof typeof exitStatus, string> = {
  done: 'done',
  failed: 'failed',
  usage: 'wrong usage or configuration',
  'not-found': 'no such source or instance',
  locked: 'locked for too long',
  exhausted: 'exhausted: the limit is reached (and, with --wait, the time is up)',
  hook: 'a hook failed',
  damaged: 'the state directory is damaged: run crcache fsck',
  bug: 'a bug in crcache: a stack trace, and what to report',
};

/** Of a command whose reader has gone, as a program's that SIGPIPE ended. */
const sigpipeStatus = 141;

export interface Report {
  readonly status: number;
  /** Lines for stderr. */
  readonly lines: readonly string[];
}

/** What failed in a command of which a reader that has gone is a failure, or whose other statuses are a command's. */
export class FailureBesideCommand extends Error {
  readonly status: number;

  constructor(cause: unknown, status: number) {
    super('failed beside a command', {cause});
    this.status = status;
  }
}

/** The exit status of an error, and what is said of it. */
export function reportOf(error: unknown): Report {
  if (error instanceof FailureBesideCommand) {
    const {lines} = reportOf(error.cause);
    return {status: isBrokenPipe(error.cause) ? sigpipeStatus : error.status, lines};
  }
  if (error instanceof CrcacheError) {
    const hint = error.hint === undefined ? [] : [`hint: ${error.hint}`];
    return {
      status: exitStatus[error.kind],
      lines: [`crcache: ${error.message}`, ...hint].map(harmless),
    };
  }
  if (isBrokenPipe(error)) return {status: exitStatus.done, lines: []};
  if (isFromSystem(error)) {
    return {status: exitStatus.failed, lines: [harmless(`crcache: ${describeErrno(error)}`)]};
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    status: exitStatus.bug,
    lines: [
      'crcache: this is a bug in crcache',
      ...stack.split('\n').map((line) => `    ${line}`),
      'hint: please report it with these lines, the command, and `crcache --version`',
    ],
  };
}

/** What is written of it. */
export function textOf({lines}: Report): string {
  return lines.map((line) => `${line}\n`).join('');
}

/** Where node has nothing left to do, and the command has not ended. */
export const unkept = new Error(
  'it waits for what nobody is left to do, as for a promise of a module that is never kept',
);

/** A reader that has seen enough, as in `crcache help | head -1`, is no failure. */
export function isBrokenPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE';
}
