// Who is at work on an instance: a process, and the one errand of it that this is.

import {
  asHost,
  fateOf,
  formatIdentity,
  identify,
  isOfHere,
  parseIdentity,
  readHere,
  whereIs,
  type Fate,
  type Here,
  type ProcessIdentity,
} from '../processes.js';

/** For so long a gc that cannot be judged from here is taken for being at work. */
export const believedMs = 600_000;

export interface Worker extends ProcessIdentity {
  /** Tells one errand of a process from the next. */
  readonly nonce: string;
}

/** This process as a maker of workers. */
export class Workshop {
  readonly here: Here = readHere();
  readonly self: ProcessIdentity;
  #deadHost: string | undefined;
  #hasGivenUp = false;

  constructor(pid: number) {
    const self = identify(this.here, pid);
    if (self === undefined) throw new Error(`process ${String(pid)} does not exist`);
    this.self = self;
  }

  /** A worker for a new errand. */
  newWorker(): Worker {
    return {...this.self, nonce: newNonce()};
  }

  /** From now on takes all for dead that is of a host, or of another pid namespace of this one: a person has said so. */
  giveUp(host: string): void {
    this.#deadHost = asHost(host);
  }

  /** Whether anything was met that was alive for all that was known, and was given up. */
  get hasGivenUp(): boolean {
    return this.#hasGivenUp;
  }

  fateOf(identity: ProcessIdentity): Fate {
    const fate = fateOf(identity, this.here);
    if (fate !== 'unknown' || identity.host !== this.#deadHost) return fate;
    this.#hasGivenUp = true;
    return 'dead';
  }

  isOfHere(identity: ProcessIdentity): boolean {
    return isOfHere(identity, this.here);
  }

  /** A process, and where it runs, for people. */
  describe(identity: ProcessIdentity): string {
    return `process ${String(identity.pid)} on ${whereIs(identity, this.here)}`;
  }

  /** What to do about a process that cannot be judged from here. */
  howToJudge({host, ...identity}: ProcessIdentity): string {
    const where = whereIs({host, ...identity}, this.here);
    return `crcache gc on ${where}, or where that is gone for good: crcache gc --force-host ${host}`;
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
