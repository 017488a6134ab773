// What is wrong with a configuration file, as data: all of a file's problems can be shown at once, or the
// first one thrown.

import {CrcacheError} from '../errors.js';

export interface Problem {
  readonly file: string;
  /** 0 where the whole file is meant. */
  readonly line: number;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** 'FILE:LINE', or the file alone. */
export function placeOf({file, line}: Pick<Problem, 'file' | 'line'>): string {
  return line === 0 ? file : `${file}:${String(line)}`;
}

export function describeProblem(problem: Problem): string {
  return `${placeOf(problem)}: ${problem.message}`;
}

/** Throws the first problem of a source, if there is one, and says how to see the others. */
export function throwFirst(source: string, problems: readonly Problem[]): void {
  const [first, ...others] = problems;
  if (first === undefined) return;
  const more = `(and ${String(others.length)} more: crcache check-source ${source})`;
  const message = describeProblem(first);
  throw new CrcacheError('usage', others.length === 0 ? message : `${message} ${more}`, first.hint);
}
