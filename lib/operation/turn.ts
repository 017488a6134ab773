// A request's place in the queues: its own source's, and those of the sources that it may draw on. It has one number in
// all of them, however long it takes to draw its tickets: else two could each be ahead of the other in one of them. Where
// the configuration changes meanwhile, it leaves the queues of sources that it cannot draw on any more, and joins others.
//
// A waiter watches only its own tickets. Who frees something touches the first live ticket, and besides the first
// looks by itself now and then: those behind it only look whether it is their turn.

import {watchFile} from '../watch-file.js';
import {decide} from '../store/lock.js';
import {
  dropTicket,
  drawTicket,
  isSomeoneAhead,
  lastNumber,
  markTicket,
  ticketPath,
  wakeFirst,
  writeContents,
  type Ticket,
  type TicketContents,
  type TicketStatus,
} from '../store/queue.js';
import type {SourceState} from '../store/source-state.js';
import type {Worker} from '../store/worker.js';
import {clockMs} from '../time.js';
import type {Cache, Source, Tickets} from './cache.js';
import {unmetBy, sourcesBelowWith, type Wishes} from './wishes.js';
import type {Refusal} from './plan.js';

/** How often a waiter looks by itself: what time makes due wakes nobody. */
const pollMs = 1_000;

export class Turn {
  readonly #cache: Cache;
  /** As its configuration was when it was last looked at. */
  source: Source;
  readonly #worker: Worker;
  readonly #wishes: Wishes;
  readonly #inherited: Tickets;
  readonly #own = new Map<string, Ticket>();
  /** Ends the watching of its ticket, in each queue that it waits in. */
  readonly #stops = new Map<string, () => void>();
  /** When the wait is over, on the clock that nobody sets back; undefined: there is none. */
  readonly #deadline: number | undefined;
  readonly #abort: AbortSignal | undefined;
  /** What its ticket says that it holds. */
  #held: readonly string[] = [];
  #wake: (() => void) | undefined;
  #isWoken = false;

  constructor(
    cache: Cache,
    source: Source,
    {
      worker,
      waitMs,
      abort,
      wishes,
      inherited = new Map(),
    }: {
      worker: Worker;
      waitMs: number | undefined;
      abort: AbortSignal | undefined;
      wishes: Wishes;
      inherited: Tickets | undefined;
    },
  ) {
    this.#cache = cache;
    this.source = source;
    this.#worker = worker;
    this.#wishes = wishes;
    this.#inherited = inherited;
    this.#deadline = waitMs === undefined ? undefined : clockMs() + waitMs;
    this.#abort = abort;
  }

  /** The tickets that decide whether somebody is ahead of this request. */
  get tickets(): Tickets {
    return new Map([...this.#inherited, ...this.#own]);
  }

  /** The request has got hold of these; its ticket's number. To be called under the source's lock. */
  hold(instances: readonly string[]): number {
    const {state, name} = this.source;
    const contents = {lease: this.#worker.nonce, instances};
    const ticket = this.#own.get(name);
    const isNoted = instances.join() === this.#held.join();
    this.#held = instances;
    if (ticket === undefined) {
      const drawn = this.#draw(state, 'met', contents);
      this.#own.set(name, drawn);
      return drawn.number;
    }
    if (!isNoted) writeContents(state, ticket, contents);
    this.#markBelow('waits');
    return ticket.number;
  }

  /** All that the request wants is claimed, down to the bottom: the next one may have its turn, everywhere. */
  meet(): void {
    for (const [name, ticket] of this.#own) {
      if (ticket.status === 'met') continue;
      const {state} = this.#cache.source(name);
      this.#own.set(name, markTicket(state, ticket, 'met'));
      state.around.step('queue:ticket-met');
      wakeFirst(state);
    }
  }

  /** Waits until there may be something to get; false when the request does not wait (any longer). */
  async wait(refusal: Refusal): Promise<boolean> {
    if (this.#deadline === undefined) return false;
    const isFirstTime = this.#stops.size === 0;
    await this.#queueUp();
    this.standAgain(refusal);
    if (this.restMs() <= 0) return false;
    while (!isFirstTime && !this.#isWoken && this.restMs() > 0) {
      await this.#pause(Math.min(this.restMs(), pollMs));
      if (!isSomeoneAhead(this.source.state, this.#own.get(this.source.name))) break;
    }
    this.#isWoken = false;
    return true;
  }

  /** How long it waits still. */
  restMs(): number {
    if (this.#abort?.aborted === true) return 0;
    return this.#deadline === undefined ? 0 : Math.max(0, this.#deadline - clockMs());
  }

  #reachable(): Source[] {
    return reachable(this.#cache, this.source, this.#wishes);
  }

  /** Has a ticket in each queue, and in no other; the source's own is drawn first, under whose lock the number is found. */
  async #queueUp(): Promise<void> {
    const sources = this.#reachable();
    const left = [...this.#own.keys()].filter(
      (name) => !sources.some((each) => each.name === name),
    );
    for (const name of left) this.#leaveQueue(name);
    for (const {state, name} of sources) {
      if (this.#stops.has(name)) continue;
      state.ensure();
      const contents = {lease: this.#worker.nonce, instances: []};
      const drawn = await decide(
        {source: name, directory: state.directory, ...state.around},
        {
          look: () => this.#own.get(name),
          act: (own) => own ?? this.#draw(state, 'waits', contents),
        },
      );
      this.#own.set(name, drawn);
      this.#stops.set(
        name,
        watchFile(ticketPath(state, drawn), () => {
          this.#isWoken = true;
          this.#wake?.();
        }),
      );
    }
  }

  #draw(state: SourceState, status: TicketStatus, contents: TicketContents): Ticket {
    return drawTicket(state, {status, worker: this.#worker, number: this.#number()}, contents);
  }

  /** The number that it has in its own source's queue, or is to have: of one that may wait it is right for all queues. */
  #number(): number {
    const own = this.#own.get(this.source.name);
    if (own !== undefined) return own.number;
    const mayWait = this.#deadline !== undefined;
    const sources = mayWait ? this.#reachable() : [this.source];
    return 1 + Math.max(...sources.map(({state}) => lastNumber(state)));
  }

  /** What the request got hold of is not enough: it stands in its place again, before it gives that back. */
  standAgain(refusal: Refusal): void {
    const {state, name} = this.source;
    const ticket = this.#own.get(name);
    if (this.#deadline === undefined || ticket === undefined) return;
    this.#own.set(name, markTicket(state, ticket, 'waits'));
    this.#markBelow(refusal === 'sources' ? 'waits' : 'parked');
  }

  /** A ticket below counts only while what is missing is below: else it would hold up those behind it for nothing. */
  #markBelow(status: TicketStatus): void {
    for (const [name, ticket] of this.#own) {
      if (name === this.source.name) continue;
      const {state} = this.#cache.source(name);
      this.#own.set(name, markTicket(state, ticket, status));
      if (status === 'parked' && ticket.status !== 'parked') wakeFirst(state);
    }
  }

  async #pause(ms: number): Promise<void> {
    const wake = (): void => this.#wake?.();
    this.#abort?.addEventListener('abort', wake);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
    this.#abort?.removeEventListener('abort', wake);
  }

  /** Gives up the places in all queues, and lets the next one have its turn. */
  leave(): void {
    for (const name of [...this.#own.keys()]) this.#leaveQueue(name);
  }

  #leaveQueue(name: string): void {
    const ticket = this.#own.get(name);
    if (ticket === undefined) return;
    this.#stops.get(name)?.();
    this.#stops.delete(name);
    this.#own.delete(name);
    const {state} = this.#cache.source(name);
    dropTicket(state, ticket);
    wakeFirst(state);
  }
}

/** A source and all that a request for these wishes may draw on, each once. */
function reachable(cache: Cache, source: Source, wishes: Wishes): Source[] {
  const missing = unmetBy(source, wishes);
  const below = sourcesBelowWith(cache, source, wishes).flatMap((each) =>
    reachable(cache, each, missing),
  );
  return [...new Map([source, ...below].map((each) => [each.name, each])).values()];
}
