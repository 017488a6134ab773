// One request on its way to its instances: what it has got hold of so far, and how all of it goes back.

import {CrcacheError} from '../errors.js';
import {inNaturalOrder} from '../instance.js';
import {decide} from '../store/lock.js';
import type {Place, WorkedPlace} from '../store/place.js';
import {checkRecordedOnce} from '../store/recorded-twice.js';
import type {Worker} from '../store/worker.js';
import {isAtBottom, type Cache, type Source} from './cache.js';
import {discardAt} from './discard.js';
import {causeOf} from './exhaustion.js';
import {makeFit} from './fitness.js';
import {inParallel} from './in-parallel.js';
import {readInstance, type Instance} from './instance.js';
import type {Wishes} from './wishes.js';
import {limitsOf} from './limits.js';
import {planAcquire, type Plan, type Refusal} from './plan.js';
import {claimFreeSlots, provisionAt} from './provision.js';
import {finishRelease, releaseHeld} from './release.js';
import {Shares} from './shares.js';
import {situationOf} from './situation.js';
import type {Turn} from './turn.js';

interface ErrandFacts {
  readonly worker: Worker;
  readonly count: number;
  readonly wishes: Wishes;
  /** Those of the request above, if there is one. */
  readonly shares: Shares | undefined;
  readonly turn: Turn;
  /** How long making one may wait still. */
  readonly patienceMs: () => number;
  readonly onClaimed: (() => void) | undefined;
}

export class Errand {
  readonly cache: Cache;
  /** As its configuration was when it was last looked at. */
  source: Source;
  readonly #facts: ErrandFacts;
  /** Instances that it has taken and that are fit to be given out. */
  readonly #ready = new Map<string, Ready>();
  readonly #inUse = new Set<string>();
  /** Instances that were claimed, and whether what they will stand on was claimed, too. */
  readonly #claims = new Map<string, boolean>();
  /** Why the last one could not be made, where its type knows. */
  cause: CrcacheError | undefined;

  constructor(cache: Cache, source: Source, facts: ErrandFacts) {
    this.cache = cache;
    this.source = source;
    this.#facts = facts;
  }

  /** As people count, whichever was ready first. */
  get names(): string[] {
    return inNaturalOrder([...this.#ready.keys()], (name) => name);
  }

  get places(): WorkedPlace[] {
    return [...this.#ready.values()].map(({place}) => place);
  }

  /** From here on an instance may be in use, also where giving it out fails. */
  noteInUse(instance: string): void {
    this.#inUse.add(instance);
  }

  /** Takes and makes what is missing. Where that cannot be had now, all goes back, and the value says why. */
  async gather(): Promise<Refusal | undefined> {
    while (this.#ready.size < this.#facts.count) {
      const claim = await this.#claim();
      for (const place of claim.inTheWay) {
        await discardAt(this.cache, this.source, {place, why: 'another kind is wanted'});
      }
      const missing = claim.refusal ?? (await this.#prepare(claim));
      if (missing !== undefined) {
        this.#facts.turn.standAgain(missing);
        await this.giveBack();
        return missing;
      }
    }
    return undefined;
  }

  /** Decides under the lock what to take and what to make, and claims it. */
  #claim(): Promise<Claimed> {
    const {cache, source} = this;
    const {state} = source;
    return decide(
      {source: source.name, directory: state.directory, ...state.around},
      {
        look: () => {
          const count = this.#facts.count - this.#ready.size;
          const tickets = this.#facts.turn.tickets;
          return planAcquire(
            situationOf(cache, source, {count, wishes: this.#facts.wishes, tickets}),
          );
        },
        act: (plan) => this.#act(plan),
      },
    );
  }

  #act(plan: Plan): Claimed {
    const nothing: Claimed = {taken: [], claimed: [], inTheWay: [], refusal: undefined};
    if (plan.kind === 'refuse') return {...nothing, refusal: plan.why};
    if (plan.discard.length > 0) {
      const inTheWay = plan.discard.map((instance): Place => ({instance, state: 'cached'}));
      return {...nothing, inTheWay};
    }
    const {state} = this.source;
    const {step} = state.around;
    const {worker} = this.#facts;
    const {maximum} = limitsOf(this.cache, this.source);
    for (const instance of plan.take) checkRecordedOnce(state, {instance, state: 'cached'});
    const slots = plan.make === 0 ? [] : state.freeSlots(plan.make, maximum);
    const ticket = this.#facts.turn.hold([...this.names, ...plan.take, ...slots]);
    const why = `acquire by ${this.cache.caller.user}, ticket ${String(ticket)}`;
    const taken = plan.take.flatMap((instance): WorkedPlace[] => {
      const to: WorkedPlace = {instance, state: 'allocating', worker};
      return state.move({instance, state: 'cached'}, to, why) ? [to] : [];
    });
    step('acquire:taken');
    const claimed = claimFreeSlots(this.source, {count: plan.make, maximum, worker, why});
    this.#facts.turn.hold([...this.names, ...[...taken, ...claimed].map(({instance}) => instance)]);
    const isBottom = isAtBottom(this.source);
    for (const {instance} of taken) this.#claims.set(instance, true);
    for (const {instance} of claimed) this.#claims.set(instance, isBottom);
    this.#meetIfClaimed();
    step('acquire:claimed');
    return {...nothing, taken, claimed};
  }

  /** Its turn is over when all is claimed, long before all is made. */
  #meetIfClaimed(): void {
    const claims = [...this.#claims.values()];
    if (claims.length < this.#facts.count || claims.includes(false)) return;
    this.#facts.turn.meet();
    this.#facts.onClaimed?.();
  }

  /** Checks what was cached, and makes what was claimed. An unfit one goes, and another is looked for. */
  async #prepare({taken, claimed}: Claimed): Promise<Refusal | undefined> {
    const {cache, source} = this;
    const {wishes, turn} = this.#facts;
    const wanted = {count: claimed.length, wishes, tickets: turn.tickets};
    const shares = this.#facts.shares ?? new Shares(cache, source, wanted);
    let missing: Refusal | undefined;
    await inParallel([...taken, ...claimed], source.settings.starting, async (place) => {
      try {
        if (place.state === 'provisioning') await this.#make(place, shares);
        else await this.#check(place);
      } catch (error) {
        if (!(error instanceof CrcacheError && error.kind === 'exhausted')) throw error;
        missing = 'sources';
        this.cause = causeOf(error);
      }
    });
    cache.around.step('allocate:checked');
    return missing;
  }

  async #make(place: WorkedPlace, shares: Shares): Promise<void> {
    const {cache, source} = this;
    const onBackingClaimed = (): void => {
      this.#claims.set(place.instance, true);
      this.#meetIfClaimed();
    };
    const instance = await provisionAt(cache, source, {
      place,
      wishes: this.#facts.wishes,
      shares,
      tickets: this.#facts.turn.tickets,
      patienceMs: this.#facts.patienceMs(),
      onBackingClaimed,
    });
    const why = await makeFit(cache, instance);
    const made: WorkedPlace = {...place, state: 'allocating'};
    source.state.move(place, made, 'provisioned');
    await this.#keep({place: made, instance}, why);
    if (why === undefined) return;
    throw new CrcacheError('failed', `cannot provision '${place.instance}': ${why}`);
  }

  async #check(place: WorkedPlace): Promise<void> {
    const instance = readInstance(this.cache, this.source, place.instance);
    await this.#keep({place, instance}, await makeFit(this.cache, instance));
  }

  /** Has an instance ready; one that is unfit goes. */
  async #keep({place, instance}: Ready, why: string | undefined): Promise<void> {
    if (why === undefined) {
      this.#ready.set(place.instance, {place, instance});
      return;
    }
    this.#claims.delete(place.instance);
    await discardAt(this.cache, this.source, {place, why});
  }

  /** Does something for all instances; one that it fails for is discarded, and the failure thrown. */
  async doAtEach(act: (instance: Instance) => Promise<void>): Promise<void> {
    const {cache, source} = this;
    await inParallel(
      [...this.#ready.values()],
      source.settings.starting,
      async ({place, instance}) => {
        try {
          await act(instance);
        } catch (error) {
          if (!(error instanceof CrcacheError)) throw error;
          this.#ready.delete(place.instance);
          await discardAt(cache, source, {place, why: error.message});
          throw error;
        }
      },
    );
  }

  /** Gives back all that it has, in whatever state that is. */
  async giveBack(): Promise<void> {
    const {cache, source} = this;
    const why = 'the request could not be met';
    const places = this.places;
    this.#ready.clear();
    this.#claims.clear();
    await inParallel(places, source.settings.starting, async (place) => {
      const name = place.instance;
      const isRightLease = ({id}: {id: string}): boolean => id === this.#facts.worker.nonce;
      if (this.#inUse.delete(name) && (await releaseHeld(cache, {name, isRightLease, why}))) return;
      const releasing: WorkedPlace = {...place, state: 'releasing'};
      if (!source.state.move(place, releasing, why)) return;
      await finishRelease(cache, source, {place: releasing, isForced: false});
    });
  }
}

interface Ready {
  readonly place: WorkedPlace;
  readonly instance: Instance;
}

interface Claimed {
  readonly taken: readonly WorkedPlace[];
  readonly claimed: readonly WorkedPlace[];
  /** Cached ones that have to go before anything can be claimed. */
  readonly inTheWay: readonly Place[];
  readonly refusal: Refusal | undefined;
}
