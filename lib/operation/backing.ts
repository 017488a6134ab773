// An instance that stands on another one: how it gets that, and how it gives it back.
//
// The holder of a backing's lease is the incarnation above it, which is written down before the backing is asked for.
// So after a crash at any point the backing is found by its lease, and released when its holder is gone.

import {CrcacheError} from '../errors.js';
import {readLease, type Lease} from '../store/lease.js';
import {isAtBottom, type Cache, type Source, type Tickets} from './cache.js';
import {causeOf, Exhausted} from './exhaustion.js';
import {holderOf, readBacking, writeBacking, type Instance} from './instance.js';
import type {Shares} from './shares.js';
import {unmetBy, sourcesBelowWith, type Wishes} from './wishes.js';

export interface BackingRequest {
  /** Tickets that the request above has already, by source. */
  readonly tickets?: Tickets | undefined;
  /** How long making it may wait. */
  readonly patienceMs?: number | undefined;
  readonly onBackingClaimed?: (() => void) | undefined;
  /** Those that it is to have itself, or by what it stands on. */
  readonly wishes: Wishes;
  /** What each instance of the request stands on. */
  readonly shares: Shares;
}

/** Acquires the instance that this one is to stand on. */
export async function acquireBacking(
  cache: Cache,
  instance: Instance,
  request: BackingRequest,
): Promise<void> {
  const {step} = cache.around;
  step('provision:backing-asked');
  const refusals: CrcacheError[] = [];
  const {source: above} = instance;
  const wishes = unmetBy(above, request.wishes);
  const sources = sourcesBelowWith(cache, above, request.wishes);
  for (const source of request.shares.take(above, sources, wishes)) {
    try {
      const got = await cache.below.acquire(cache, {
        source: source.name,
        count: 1,
        wishes,
        holder: holderOf(instance),
        tickets: request.tickets,
        shares: request.shares,
        // Who waits in one queue finds nothing in another.
        patienceMs: sources.length === 1 ? request.patienceMs : 0,
        onClaimed: request.onBackingClaimed,
      });
      writeBacking(instance.facts.directory, got.names[0] ?? '');
      step('provision:backing-got');
      got.confirm();
      return;
    } catch (error) {
      if (!(error instanceof CrcacheError && error.kind === 'exhausted')) throw error;
      refusals.push(error);
    }
  }
  const causes = refusals.flatMap((error) => causeOf(error) ?? []);
  const cause =
    causes.length === 0 ? undefined : new CrcacheError('exhausted', told(causes), causes[0]?.hint);
  throw new Exhausted(told(refusals), undefined, cause);
}

function told(errors: readonly CrcacheError[]): string {
  return errors.map(({message}) => message).join('; ');
}

/** Releases what an instance stood on; also what it asked for and never wrote down. */
export async function releaseBacking(cache: Cache, instance: Instance): Promise<void> {
  const {type, facts} = instance;
  if (isAtBottom({type, settings: facts.settings})) return;
  const holder = holderOf(instance);
  const known = readBacking(cache, facts.directory)?.name;
  const names = known === undefined ? findHeldBy(cache, instance.source, holder) : [known];
  for (const name of names) {
    await cache.below.releaseHeld(cache, {
      name,
      isRightLease: (lease) => lease.holder === holder,
      why: `'${instance.name}', which stood on it, is gone`,
    });
  }
}

function findHeldBy(cache: Cache, above: Source, holder: string): string[] {
  return cache.sourcesBelow(above).flatMap(({state}) =>
    state
      .placesIn('in-use')
      .filter(({instance}) => readLease(state.instancePath(instance))?.holder === holder)
      .map(({instance}) => instance),
  );
}

/** Whether a lease is a backing's, and whose. */
export function holderAbove(lease: Lease): {name: string; incarnation: string} | undefined {
  const [, name, incarnation] = /^(.+)#([a-z0-9]+)$/.exec(lease.holder) ?? [];
  return name === undefined || incarnation === undefined ? undefined : {name, incarnation};
}
