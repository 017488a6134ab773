// How far a copy is, on a terminal: bytes, their rate, and the time left where it is known how many come.

import {formatAge} from '../output/age.js';
import {roundSize} from '../units.js';
import {clockMs} from '../time.js';
import type {Context} from './context.js';
import {Progress} from './progress.js';
import {sayTo} from './say.js';

const everyMs = 100;

export class ByteProgress {
  /** Who is told of bytes; undefined where nothing is shown. */
  readonly watcher: Pick<ByteProgress, 'expect' | 'advance'> | undefined;
  readonly clear: () => void;
  readonly #progress: Progress;
  readonly #say: (line: string) => void;
  readonly #startMs = clockMs();
  #shownMs = this.#startMs;
  #bytes = 0;
  #expected: number | undefined;

  constructor(context: Context) {
    this.#progress = new Progress(context);
    this.#say = sayTo(context);
    this.clear = this.#progress.clear;
    this.watcher = this.#progress.isShown ? this : undefined;
  }

  /** Says something in a line of its own. */
  readonly say = (line: string): void => {
    this.clear();
    this.#say(line);
  };

  readonly expect = (bytes: number): void => {
    this.#expected = bytes;
  };

  /** Counts bytes. Who moves them without waiting for events does so when there is something to show. */
  readonly advance = (bytes: number): Promise<void> | undefined => {
    this.#bytes += bytes;
    const nowMs = clockMs();
    if (nowMs - this.#shownMs < everyMs) return undefined;
    this.#shownMs = nowMs;
    this.#progress.show(describeProgress(this.#bytes, this.#expected, nowMs - this.#startMs));
    return new Promise((resolve) => setImmediate(resolve));
  };
}

/** So many bytes of so many, if that is known, after this time. */
export function describeProgress(
  bytes: number,
  expected: number | undefined,
  elapsedMs: number,
): string {
  const perMs = bytes / elapsedMs;
  const rate = `${roundSize(perMs * 1000)}/s`;
  if (expected === undefined || expected < bytes) return `${roundSize(bytes)}, ${rate}`;
  const left = formatAge((expected - bytes) / perMs);
  return `${roundSize(bytes)} of ${roundSize(expected)}, ${rate}, ${left} left`;
}
