// Who is at work on an instance: a process, and the one errand of it that this is.

import {
  fateOf,
  formatIdentity,
  identify,
  parseIdentity,
  readHere,
  type Fate,
  type Here,
  type ProcessIdentity,
} from '../processes.js';

export interface Worker extends ProcessIdentity {
  /** Tells one errand of a process from the next. */
  readonly nonce: string;
}

/** This process as a maker of workers. */
export class Workshop {
  readonly here: Here = readHere();
  readonly self: ProcessIdentity;

  constructor(pid: number) {
    const self = identify(this.here, pid);
    if (self === undefined) throw new Error(`process ${String(pid)} does not exist`);
    this.self = self;
  }

  /** A worker for a new errand. */
  newWorker(): Worker {
    return {...this.self, nonce: newNonce()};
  }

  fateOf(identity: ProcessIdentity): Fate {
    return fateOf(identity, this.here);
  }
}

/** A word that nobody used before: 62 random bits. */
export function newNonce(): string {
  const half = (): string =>
    Math.floor(Math.random() * 36 ** 6)
      .toString(36)
      .padStart(6, '0');
  return half() + half();
}

export function isNonce(word: string): boolean {
  return /^[a-z0-9]{12}$/.test(word);
}

export function formatWorker(worker: Worker): string {
  return `${formatIdentity(worker)},${worker.nonce}`;
}

export function parseWorker(text: string): Worker | undefined {
  const comma = text.lastIndexOf(',');
  const identity = parseIdentity(text.slice(0, Math.max(comma, 0)));
  const nonce = text.slice(comma + 1);
  return identity === undefined || !/^[a-z0-9]+$/.test(nonce) ? undefined : {...identity, nonce};
}
