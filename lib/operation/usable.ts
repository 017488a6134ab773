// The instance in which a command may run: one that is in use, by whoever asks.

import {CrcacheError} from '../errors.js';
import {isExecutable} from '../files.js';
import {sourceNameOf} from '../instance.js';
import {isHeldBy, readLease} from '../store/lease.js';
import {isWorkedPlace, type Place} from '../store/place.js';
import type {Cache, Source} from './cache.js';
import {readInstance, type Instance} from './instance.js';
import {findInstance} from './resolve.js';

export interface Usable {
  readonly instance: Instance;
  /** The script that runs its arguments in the instance. */
  readonly runScript: string;
}

/** The instance that a word means, if the caller may run commands in it. */
export function usableInstance(cache: Cache, word: string): Usable {
  const {name, source, place} = findInstance(cache, word);
  checkState(cache, source, place);
  checkLease(cache, name);
  const instance = readInstance(cache, source, name);
  const runScript = `${source.state.instancePath(name)}/run`;
  if (!isExecutable(runScript)) {
    throw new CrcacheError(
      'damaged',
      `'${name}' has no run script: '${runScript}'`,
      'crcache fsck',
    );
  }
  return {instance, runScript};
}

/** An instance that is being brought from one state to another, for whoever does that. */
export function instanceAtHand(instance: Instance): Usable {
  return {instance, runScript: `${instance.facts.directory}/run`};
}

/** A hook may use the instance that it is called for, in whichever state. */
function checkState(cache: Cache, {name: source}: Source, place: Place): void {
  const {instance, state} = place;
  if (state === 'in-use') return;
  const {env} = cache.caller;
  const isHook = (env['CRCACHE_HOOK'] ?? '') !== '' && env['CRCACHE_INSTANCE'] === instance;
  if (isHook && isWorkedPlace(place)) return;
  throw new CrcacheError(
    'failed',
    `'${instance}' is not in use, but ${state}`,
    `crcache acquire -s ${source}, or for this command alone: crcache with ${source} -- COMMAND`,
  );
}

/** Fails where the caller stands for a lease, and another holds the instance. */
export function checkLease(cache: Cache, instance: string): void {
  const {lease: own, env} = cache.caller;
  // A hook is called before the lease is written, and after it has ended.
  if ((env['CRCACHE_HOOK'] ?? '') !== '' && env['CRCACHE_INSTANCE'] === instance) return;
  const directory = cache.store.source(sourceNameOf(instance)).instancePath(instance);
  const lease = own === undefined ? undefined : readLease(directory);
  if (own === undefined || (lease !== undefined && isHeldBy(lease, own))) return;
  throw new CrcacheError(
    'failed',
    `'${instance}' is not held by lease '${own}', but by ${lease === undefined ? 'nobody' : `'${lease.id}' of ${lease.holder}`}`,
    'CRCACHE_LEASE says that this command runs inside of a lease, and it may only use what that holds',
  );
}
