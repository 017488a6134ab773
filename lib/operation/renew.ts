// renew: a lease lasts longer.

import {CrcacheError} from '../errors.js';
import {sourceNameOf} from '../instance.js';
import {isHeldBy, readLease, writeLease, type Lease} from '../store/lease.js';
import {decide} from '../store/lock.js';
import {clockMs, formatTime} from '../time.js';
import {holderAbove} from './backing.js';
import type {Cache} from './cache.js';
import {isBeingReset} from './reset-held.js';
import {resolveInstance, unknownInstance} from './resolve.js';
import {placeAfterTidy, whyOver} from './tidy.js';

export interface RenewRequest {
  readonly names: readonly string[];
  /** From now; undefined: the lease does not end by time any more. */
  readonly ttlMs: number | undefined;
  /** Renew only what this lease holds. */
  readonly lease: string | undefined;
}

/** Sets the time at which leases end. All are checked before any is changed. */
export async function renewLease(cache: Cache, request: RenewRequest): Promise<void> {
  const names = request.names.map((word) => resolveInstance(cache, word));
  for (const name of names)
    await whenDecided(cache, name, () => heldLease(cache, name, request.lease));
  for (const name of names) {
    await changeLease(cache, name, {
      lease: request.lease,
      change: ({until: _ended, ...lease}) => ({...lease, ...endOf(cache, request.ttlMs)}),
      why: 'its lease was renewed',
    });
  }
}

/** Lets a lease last on when the process for which it was held is gone. */
export async function outliveProcess(cache: Cache, name: string, lease: string): Promise<void> {
  await changeLease(cache, name, {
    lease,
    change: ({forProcess: _gone, ...rest}) => rest,
    why: 'it is kept when its process has ended',
  });
}

interface Change {
  /** Change only what this lease holds. */
  readonly lease: string | undefined;
  readonly change: (lease: Lease) => Lease;
  readonly why: string;
}

async function changeLease(
  cache: Cache,
  name: string,
  {lease: wanted, change, why}: Change,
): Promise<void> {
  const {state} = cache.source(sourceNameOf(name));
  const decision = {
    look: () => heldLease(cache, name, wanted),
    act: (lease: Lease | undefined) => {
      if (lease === undefined) return undefined;
      writeLease(state.instancePath(name), change(lease));
      state.note({instance: name, from: 'in-use', to: 'in-use', why});
      return lease;
    },
  };
  const place = {source: state.source, directory: state.directory, ...state.around};
  await whenDecided(cache, name, () => decide(place, decision));
}

/** How long it may take until it is known whether one that was taken from its user comes back to them. */
const undecidedMs = 10_000;

/** Tries until there is an answer, which there is not while nobody knows what becomes of the instance. */
async function whenDecided(
  cache: Cache,
  name: string,
  tryIt: () => Promise<Lease | undefined> | Lease | undefined,
): Promise<void> {
  const source = cache.source(sourceNameOf(name));
  for (const start = clockMs(); (await tryIt()) === undefined;) {
    if (clockMs() - start > undecidedMs) {
      const message = `cannot renew '${name}': it is being taken from its user, to be released or reset`;
      throw new CrcacheError('failed', message, `crcache explain ${name}`);
    }
    const place = source.state.find(name);
    if (place !== undefined) await placeAfterTidy(cache, source, place);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function endOf(cache: Cache, ttlMs: number | undefined): Pick<Lease, 'until'> {
  if (ttlMs === undefined) return {};
  return {until: formatTime(new Date(cache.around.now().getTime() + ttlMs))};
}

/** The lease, if the caller may renew it; undefined where it was taken, and no note tells yet for what. */
function heldLease(cache: Cache, name: string, wanted: string | undefined): Lease | undefined {
  const source = cache.source(sourceNameOf(name));
  const {state} = source;
  const place = state.find(name);
  if (place === undefined) throw unknownInstance(cache, name);
  const isTaken = place.state === 'releasing';
  const mayBeHeld = place.state === 'in-use' || isTaken;
  const lease = mayBeHeld ? readLease(state.instancePath(name)) : undefined;
  if (lease === undefined) throw notHeld(name, 'nobody holds it');
  // Its user has it reset, and keeps it.
  if (isTaken && !isBeingReset(source, name)) return undefined;
  const above = holderAbove(lease)?.name;
  if (above !== undefined) {
    const why = `'${above}' holds it, which stands on it`;
    throw new CrcacheError('failed', `cannot renew '${name}': ${why}`, `crcache renew ${above}`);
  }
  const why = whyOver(cache, name, lease);
  if (why !== undefined) throw notHeld(name, why);
  if (isHeldBy(lease, wanted)) return lease;
  throw notHeld(name, `it is held by lease '${lease.id}' of ${lease.holder}`);
}

function notHeld(name: string, why: string): CrcacheError {
  return new CrcacheError('failed', `cannot renew '${name}': ${why}`, 'crcache acquire');
}
