// release: the instances that a user names, all checked before any is touched.

import {CrcacheError} from '../errors.js';
import {parseInstanceName} from '../instance.js';
import {readLease, type Lease} from '../store/lease.js';
import {wasEverLogged} from '../store/log.js';
import {holderAbove} from './backing.js';
import type {Cache, Source} from './cache.js';
import {inParallel} from './in-parallel.js';
import {releaseHeld} from './release.js';
import {resolveInstance, unknownInstance} from './resolve.js';

export interface GiveBackRequest {
  readonly names: readonly string[];
  /** Release these only if they are held by this lease. */
  readonly lease: string | undefined;
  /** Discard them, whatever the reserve says. */
  readonly isForced: boolean;
  /** Where to keep what the jobs of the instances wrote. */
  readonly outputs?: string | undefined;
  /** Write back what was changed in copies of imports. */
  readonly writesBack?: boolean | undefined;
}

interface Checked {
  readonly name: string;
  /** Undefined: nobody holds it. */
  readonly lease: Lease | undefined;
}

/** Releases instances, and answers their sources. One that nobody holds is a note: its lease may have ended. */
export async function giveBack(cache: Cache, request: GiveBackRequest): Promise<Source[]> {
  const {outputs} = request;
  const names = [...new Set(request.names.map((word) => resolveInstance(cache, word)))];
  const checked = names.map((name) => check(cache, name, request.lease));
  const failures: CrcacheError[] = [];
  await inParallel(checked, 8, async ({name, lease}) => {
    if (lease !== undefined && outputs !== undefined) {
      const {endJobs, keepOutputs} = await import('./job/keep-outputs.js');
      await endJobs(cache, name);
      await keepOutputs(cache, name, `${outputs}/${name}`);
    }
    const isReleased =
      lease !== undefined &&
      (await releaseHeld(cache, {
        name,
        isRightLease: ({id}) => id === lease.id,
        why: `released by ${cache.caller.user}`,
        isForced: request.isForced,
        writesBack: request.writesBack,
        onHookFailure: (error) => failures.push(error),
      }));
    if (!isReleased) cache.say(`'${name}' is not in use`);
  });
  const [failure] = failures;
  if (failure !== undefined) throw failure;
  const sources = checked.map(({name}) => cache.source(parseInstanceName(name)?.source ?? name));
  return [...new Set(sources)];
}

/** The names of all instances that the caller holds, of one source or of all. */
export function heldByCaller(cache: Cache, source: string | undefined): string[] {
  const names = source === undefined ? cache.sourceNames() : [source];
  return names.flatMap((name) => {
    const state = cache.store.source(name);
    return state
      .placesIn('in-use')
      .map(({instance}) => instance)
      .filter((instance) => {
        const lease = readLease(state.instancePath(instance));
        return lease?.user === cache.caller.user && holderAbove(lease) === undefined;
      });
  });
}

function check(cache: Cache, name: string, wanted: string | undefined): Checked {
  const source = cache.source(parseInstanceName(name)?.source ?? name);
  const {state} = source;
  const place = state.find(name);
  if (place === undefined && !wasEverLogged(state.directory, name))
    throw unknownInstance(cache, name);
  if (place?.state !== 'in-use') return {name, lease: undefined};
  const lease = readLease(state.instancePath(name));
  if (lease === undefined) return {name, lease: undefined};
  const above = holderAbove(lease);
  if (above !== undefined) {
    throw new CrcacheError(
      'failed',
      `'${name}' is held by '${above.name}', which stands on it`,
      `crcache release ${above.name}`,
    );
  }
  if (wanted !== undefined && wanted !== lease.id) {
    throw new CrcacheError(
      'failed',
      `'${name}' is not held by lease '${wanted}', but by '${lease.id}' of ${lease.holder}`,
      'its lease has ended, and somebody else has acquired it since',
    );
  }
  return {name, lease};
}
