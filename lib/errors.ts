// What can go wrong, as a closed list. A failure says what failed; its hint says what to do about it.
// Each kind becomes one exit status, in lib/cli/exit-status.ts and nowhere else.

import {getSystemErrorMap} from 'node:util';

/** The kinds of failure that a caller can tell apart. */
export type FailureKind =
  'failed' | 'usage' | 'not-found' | 'locked' | 'exhausted' | 'hook' | 'damaged';

/** A failure that is not a bug: one line for people, a kind for programs, a hint where one helps. */
export class CrcacheError extends Error {
  override readonly name = 'CrcacheError';
  readonly kind: FailureKind;
  readonly hint: string | undefined;

  constructor(kind: FailureKind, message: string, hint?: string) {
    super(message);
    this.kind = kind;
    this.hint = hint;
  }
}

/** What an error says, whoever threw it. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Whether an error carries this errno code, as those of the file system do. */
export function hasCode(error: unknown, ...codes: string[]): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

/** An error of the operating system is the surroundings' fault, not a bug. */
export function isFromSystem(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}

/** A file-system error in the words of strerror(3), for a line that a person reads. */
export function describeErrno(error: NodeJS.ErrnoException): string {
  const reason = reasonOf(error);
  return error.path === undefined ? reason : `cannot use '${error.path}': ${reason}`;
}

/** The same without its path. */
export function reasonOf({message, errno = 0}: NodeJS.ErrnoException): string {
  const told = /^[A-Z0-9_]+: (.+?)(?:, |$)/.exec(message)?.[1];
  // Of what cannot be started, node tells the code alone.
  return told ?? getSystemErrorMap().get(errno)?.[1] ?? message;
}
