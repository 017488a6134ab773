// What a tool answers: all that it prints, within a time, and as far as there is room for it; or why it does not start.

import type {ChildProcess} from 'node:child_process';
import {constants} from 'node:os';
import type {Readable} from 'node:stream';
import {CrcacheError, hasCode, isFromSystem, reasonOf} from './errors.js';
import {sendSignal, startTimeOf} from './processes.js';

/** What prints more than that is ended: who is asked for a listing must not fill our memory. */
export const mostPrinted = 134_217_728;

export const tooMuch = `more than ${String(mostPrinted / 1_048_576)} MiB were told`;

/** How a tool ended, and what it printed. */
export interface ToolAnswer {
  /** 128+n for a signal, 127 where there is no such program. */
  readonly status: number;
  readonly signal: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Both, as they came. */
  readonly all: string;
}

export interface AnswerOptions {
  readonly timeoutMs: number;
  /** Only the end of what it prints is wanted: of what is too much, what came before is dropped. */
  readonly isQuoted: boolean;
}

/** What a tool answers; its group is killed when its time is up, or it prints too much. */
export async function answerWithin(
  child: ChildProcess,
  {timeoutMs, isQuoted}: AnswerOptions,
): Promise<ToolAnswer | 'late'> {
  let isLate = false as boolean;
  let isTooMuch = false as boolean;
  const kill = (): void => {
    if (child.pid !== undefined && !isAnothers(child)) sendSignal(-child.pid, 'SIGKILL');
    // What has left its group may hold them open for as long as it likes.
    for (const output of [child.stdout, child.stderr]) output?.destroy();
  };
  const timer = setTimeout(() => {
    isLate = true;
    kill();
  }, timeoutMs);
  const endIt = (): void => {
    isTooMuch = true;
    kill();
  };
  try {
    const answer = await answerOf(child, isQuoted ? () => undefined : endIt);
    if (isTooMuch) return {...answer, status: 1, stdout: '', stderr: tooMuch, all: tooMuch};
    return isLate ? 'late' : answer;
  } finally {
    clearTimeout(timer);
  }
}

/** What a tool prints until nobody holds its outputs any more, and how it ended; what came before it was too much is dropped. */
function answerOf(child: ChildProcess, onTooMuch: () => void): Promise<ToolAnswer> {
  const kept = {stdout: [] as Buffer[], stderr: [] as Buffer[], all: [] as Buffer[]};
  let length = 0;
  const keep = (output: Readable | null, pieces: Buffer[]): void => {
    output?.on('data', (piece: Buffer) => {
      length += piece.length;
      if (length > mostPrinted) {
        for (const each of Object.values(kept)) each.length = 0;
        length = 0;
        onTooMuch();
      }
      pieces.push(piece);
      kept.all.push(piece);
    });
  };
  keep(child.stdout, kept.stdout);
  keep(child.stderr, kept.stderr);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => {
      const end = signal ?? undefined;
      resolve({
        status: status ?? 128 + constants.signals[end ?? 'SIGKILL'],
        signal: end,
        stdout: textOf(kept.stdout),
        stderr: textOf(kept.stderr),
        all: textOf(kept.all),
      });
    });
  });
}

function textOf(pieces: readonly Buffer[]): string {
  return Buffer.concat(pieces).toString();
}

/** The number of a group, all of which have ended, is given away: its first process has ended, and is there again. */
function isAnothers({pid, exitCode, signalCode}: ChildProcess): boolean {
  const hasEnded = (exitCode ?? signalCode) !== null;
  return hasEnded && pid !== undefined && startTimeOf(pid) !== undefined;
}

/** The failure of a program that was found and yet did not start. */
export function cannotRun(program: string, cause: unknown): Error {
  if (hasCode(cause, 'ENOENT')) {
    // The file is there: what is not is what its first line names.
    return new CrcacheError('failed', `cannot run '${program}': its interpreter is missing`);
  }
  if (cause instanceof Error && isFromSystem(cause)) {
    return new CrcacheError('failed', `cannot run '${program}': ${reasonOf(cause)}`);
  }
  return new Error(`cannot run '${program}'`, {cause});
}
