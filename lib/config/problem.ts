// What is wrong with a configuration file, as data: all of a file's problems can be shown at once, or the
// first one thrown.

import {CrcacheError} from '../errors.js';

export interface Problem {
  /** Empty where the message itself names what is meant, which is no file. */
  readonly file: string;
  /** 0 where the whole file is meant. */
  readonly line: number;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** Why a file or directory of the configuration is not used. */
export interface Unused {
  readonly file: string;
  /** Completes the sentence "'FILE' …". */
  readonly what: string;
  readonly hint?: string | undefined;
}

/** What was asked for is in a file that is not used. */
export class UnusedError extends CrcacheError {
  readonly unused: Unused;

  constructor(unused: Unused) {
    super('usage', describeUnused(unused), unused.hint);
    this.unused = unused;
  }
}

export function describeUnused({file, what}: Unused): string {
  return `'${file.replace(/\p{Cc}/gu, '?')}' ${what}`;
}

export function problemFrom({file, what, hint}: Unused): Problem {
  return {file, line: 0, message: what, hint};
}

/** 'FILE:LINE', or the file alone. */
export function placeOf({file, line}: Pick<Problem, 'file' | 'line'>): string {
  return line === 0 ? file : `${file}:${String(line)}`;
}

/** The file and the line of what placeOf wrote. */
export function parsePlace(place: string): Pick<Problem, 'file' | 'line'> {
  const [, file, line] = /^(.*):([0-9]+)$/.exec(place) ?? [];
  return {file: file ?? place, line: Number(line ?? '0')};
}

export function describeProblem(problem: Problem): string {
  if (problem.file === '') return problem.message;
  return `${placeOf(problem)}: ${problem.message}`;
}

/** Throws the first problem, if there is one; `source` is whose others check-source can show. */
export function throwFirst(problems: readonly Problem[], source?: string): void {
  const [first, ...others] = problems;
  if (first === undefined) return;
  const command = source === undefined ? '' : `: crcache check-source ${source}`;
  const more = others.length === 0 ? '' : ` (and ${String(others.length)} more${command})`;
  throw new CrcacheError('usage', describeProblem(first) + more, first.hint);
}

/** As much of a text as fits a message of one line. */
export function excerpt(value: string): string {
  const line = value.replace(/\p{Cc}/gu, '?');
  return line.length <= 60 ? line : `${line.slice(0, 60)}…`;
}
