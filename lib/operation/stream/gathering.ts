// A barrier at which some have come together, and what decides that all may go on or none may.

import type {JobSet} from './session.js';

/** Who may come to barriers: a job of a stream, or the command that has the streams. */
export interface Party {
  /** For messages: ':4'. */
  readonly name: string;
  /** Those that were started together have this in common. */
  readonly set: JobSet | null;
}

/** One who waits, and how it is told. */
export interface Waiting {
  readonly party: Party;
  readonly answer: (text: string) => void;
}

export class Gathering {
  readonly name: string;
  readonly count: number;
  readonly #waiting = new Set<Waiting>();
  /** Why nobody gets through any more. */
  #broken: string | undefined;

  constructor(name: string, count: number) {
    this.name = name;
    this.count = count;
  }

  /** Whether all have come and gone on: the next who comes begins anew. */
  get isDone(): boolean {
    return this.#waiting.size === 0 && this.#broken === undefined;
  }

  has(each: Waiting): boolean {
    return this.#waiting.has(each);
  }

  /** Somebody comes, who thinks that `count` are to; `ended` are all who cannot come any more. */
  join(each: Waiting, count: number, ended: readonly Party[]): void {
    this.#waiting.add(each);
    if (this.#broken !== undefined) this.break(this.#broken);
    else if (count !== this.count) {
      this.break(
        `${each.party.name} waits for ${String(count)}, and others for ${String(this.count)}`,
      );
    } else if (this.#waiting.size === this.count) this.#open();
    else this.look(ended);
  }

  /** Breaks it where of those that were started together too few are left. */
  look(ended: readonly Party[]): void {
    for (const {party} of this.#waiting) {
      const {set} = party;
      if (set === null || this.count > set.count) continue;
      const gone = ended.filter((other) => other.set?.name === set.name);
      if (set.count - gone.length >= this.count) continue;
      const names = gone.map(({name}) => name).join(', ');
      this.break(`${names} has ended`);
      return;
    }
  }

  /** Lets nobody through, not those who come later either. */
  break(why: string, word = 'broken'): void {
    this.#broken = why;
    this.#tell(`${word} ${why}`);
  }

  /** Somebody's time is up. */
  endTime(): void {
    const here = String(this.#waiting.size);
    this.break(`the time is up, and ${here} of ${String(this.count)} have come`, 'late');
  }

  #open(): void {
    this.#tell('open');
  }

  #tell(text: string): void {
    for (const {answer} of this.#waiting) answer(text);
    this.#waiting.clear();
  }
}
