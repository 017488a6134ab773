// What a program answers that runs as a part of a transition, within its time.

import type {ChildProcess} from 'node:child_process';
import {constants} from 'node:os';
import type {Readable} from 'node:stream';
import {sendSignal, startTimeOf} from './processes.js';

export interface ToolAnswer {
  /** 128+n for a signal, 127 where there is no such program. */
  readonly status: number;
  readonly signal: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Both, as they came. */
  readonly all: string;
}

/** What a tool answers; its group is killed when its time is up. */
export async function answerWithin(
  child: ChildProcess,
  timeoutMs: number,
): Promise<ToolAnswer | 'late'> {
  let isLate = false as boolean;
  const timer = setTimeout(() => {
    isLate = true;
    if (child.pid !== undefined && !isAnothers(child)) sendSignal(-child.pid, 'SIGKILL');
    // What has left its group may hold them open for as long as it likes.
    for (const output of [child.stdout, child.stderr]) output?.destroy();
  }, timeoutMs);
  try {
    const answer = await answerOf(child);
    return isLate ? 'late' : answer;
  } finally {
    clearTimeout(timer);
  }
}

/** All that a tool prints until nobody holds its outputs any more, and how it ended. */
function answerOf(child: ChildProcess): Promise<ToolAnswer> {
  const all: Buffer[] = [];
  const keep = (output: Readable | null): Buffer[] => {
    const pieces: Buffer[] = [];
    output?.on('data', (piece: Buffer) => {
      pieces.push(piece);
      all.push(piece);
    });
    return pieces;
  };
  const stdout = keep(child.stdout);
  const stderr = keep(child.stderr);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => {
      const end = signal ?? undefined;
      resolve({
        status: status ?? 128 + constants.signals[end ?? 'SIGKILL'],
        signal: end,
        stdout: textOf(stdout),
        stderr: textOf(stderr),
        all: textOf(all),
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
