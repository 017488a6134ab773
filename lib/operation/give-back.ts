// release: the instances that a user names, all checked before any is touched.

import {CrcacheError} from '../errors.js';
import {makeDirectory} from '../files.js';
import {isSourceName, parseInstanceName, sourceNameOf} from '../instance.js';
import {isHeldBy, isLeased, leaseIfReadable, readLease, type Lease} from '../store/lease.js';
import {wasEverLogged} from '../store/log.js';
import {checkRecordedOnce} from '../store/recorded-twice.js';
import type {SourceState} from '../store/source-state.js';
import {clockMs} from '../time.js';
import {endTools} from '../tools.js';
import {holderAbove} from './backing.js';
import type {Cache, Source} from './cache.js';
import {failWith} from './fail-with.js';
import {inParallel} from './in-parallel.js';
import {readInstance} from './instance.js';
import {releaseHeld} from './release.js';
import {resolveInstance, unknownInstance, whyUnreadable} from './resolve.js';
import {tidy} from './tidy.js';

export interface GiveBackRequest {
  readonly names: readonly string[];
  /** The source that they are to be of. */
  readonly source?: string | undefined;
  /** Release these only if they are held by this lease. */
  readonly lease: string | undefined;
  /** Discard them, whatever the reserve says. */
  readonly isForced: boolean;
  /** Where to keep what the jobs of the instances wrote. */
  readonly outputs?: string | undefined;
  /** Write back what was changed in copies of imports. */
  readonly writesBack?: boolean | undefined;
  /** One that cannot be released keeps nobody from the others, and is a failure in the end. */
  readonly goesOn?: boolean;
}

interface Checked {
  readonly name: string;
  /** Undefined: nobody holds it. */
  readonly lease: Lease | undefined;
}

/** Releases instances, and answers their sources. One that nobody holds is a note: its lease may have ended. */
export async function giveBack(cache: Cache, request: GiveBackRequest): Promise<Source[]> {
  const {outputs} = request;
  const {checked, failures} = await checkAll(cache, request);
  // Before a job is ended.
  if (outputs !== undefined) makeDirectory(outputs);
  await inParallel(checked, 8, async ({name, lease}) => {
    if (lease !== undefined && outputs !== undefined) {
      const {endJobs, keepOutputs} = await import('./job/keep-outputs.js');
      await endJobs(cache, [name]);
      const source = cache.source(sourceNameOf(name));
      await keepOutputs(cache, readInstance(cache, source, name), `${outputs}/${name}`);
    }
    const isReleased =
      lease !== undefined &&
      (await releaseHeld(cache, {
        name,
        isRightLease: ({id}) => id === lease.id,
        why: `released by ${cache.caller.user}`,
        isForced: request.isForced,
        writesBack: request.writesBack,
        onFailure: (error) => failures.push(error),
      }));
    if (!isReleased) cache.say(`'${name}' is not in use`);
  });
  failWith(cache, failures);
  const sources = checked.map(({name}) => cache.source(sourceNameOf(name)));
  return [...new Set(sources)];
}

async function checkAll(
  cache: Cache,
  {names, source, lease, goesOn}: GiveBackRequest,
): Promise<{checked: Checked[]; failures: CrcacheError[]}> {
  const checked = new Map<string, Checked>();
  const failures: CrcacheError[] = [];
  for (const word of names) {
    try {
      const why = whyNothingIsHeld(cache, word);
      if (why !== undefined) {
        cache.say(why);
        continue;
      }
      const name = resolveInstance(cache, word);
      if (source !== undefined && parseInstanceName(name)?.source !== source)
        throw new CrcacheError('usage', `'${name}' is no instance of '${source}'`);
      await endReset(cache, name);
      checked.set(name, check(cache, name, lease));
    } catch (error) {
      if (!(goesOn === true && error instanceof CrcacheError)) throw error;
      failures.push(error);
    }
  }
  return {checked: [...checked.values()], failures};
}

/** Why a word means nothing that anybody could hold, though it once did: a note, as the lease may have ended. */
function whyNothingIsHeld(cache: Cache, word: string): string | undefined {
  if (isSourceName(word) && isConfigured(cache, word)) {
    const hasAny = cache.store.source(word).placesIn('in-use').length > 0;
    return hasAny ? undefined : `source '${word}' has no instance in use`;
  }
  const gone = parseInstanceName(word)?.source;
  if (gone === undefined) return undefined;
  if (whyUnreadable(cache, gone) === undefined && cache.findSource(gone) !== undefined)
    return undefined;
  const {directory} = cache.store.source(gone);
  return wasEverLogged(directory, word) ? `'${word}' is not in use` : undefined;
}

/** Whether there is a source, be it one that is wrong. */
function isConfigured(cache: Cache, name: string): boolean {
  return whyUnreadable(cache, name) !== undefined || cache.findSource(name) !== undefined;
}

/** How long a reset may take to end whose tools were ended. */
const resetMs = 10_000;

/** Ends a reset that its user has asked for, after which it is in use again. */
async function endReset(cache: Cache, name: string): Promise<void> {
  const source = cache.source(sourceNameOf(name));
  const {state} = source;
  const isBeingReset = (): boolean =>
    state.find(name)?.state === 'releasing' && isLeased(state.instancePath(name));
  for (const start = clockMs(); isBeingReset();) {
    if (clockMs() - start > resetMs) {
      throw new CrcacheError('failed', `'${name}' is being reset`, `crcache explain ${name}`);
    }
    await endTools(`${state.instancePath(name)}/workers`);
    if (await tidy(cache, source)) continue; // its process was dead
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The names of all instances that the caller holds, of one source or of all; by a lease, or whatever by. */
export function heldByCaller(
  cache: Cache,
  {source, lease: wanted}: {source?: string | undefined; lease?: string | undefined},
): string[] {
  const names = source === undefined ? cache.sourceNames() : [cache.source(source).name];
  return names.flatMap((name) => {
    const state = cache.store.source(name);
    return state
      .placesIn('in-use')
      .map(({instance}) => instance)
      .filter((instance) => {
        const lease = leaseIfReadable(state.instancePath(instance));
        // One that cannot be read, or is missing, may be theirs: to release it fails, and says why.
        if (lease === 'damaged') return true;
        if (lease === undefined) return state.find(instance)?.state === 'in-use';
        if (!isHeldBy(lease, wanted)) return false;
        return lease.user === cache.caller.user && holderAbove(lease) === undefined;
      });
  });
}

/** The lease of one that was found in use; undefined where it is not any more. */
function leaseOf(state: SourceState, name: string): Lease | undefined {
  // Who takes it back ends its lease afterwards, and somebody else may have it by then.
  for (let look = 0; look < 5; look++) {
    const lease = readLease(state.instancePath(name));
    if (lease !== undefined || state.find(name)?.state !== 'in-use') return lease;
  }
  throw new CrcacheError('damaged', `'${name}' is in use without a lease`, 'crcache fsck');
}

function check(cache: Cache, name: string, wanted: string | undefined): Checked {
  const source = cache.source(sourceNameOf(name));
  const {state} = source;
  const place = state.find(name);
  if (place === undefined && !wasEverLogged(state.directory, name))
    throw unknownInstance(cache, name);
  if (place !== undefined) checkRecordedOnce(state, place);
  if (place?.state !== 'in-use') return {name, lease: undefined};
  const lease = leaseOf(state, name);
  if (lease === undefined) return {name, lease};
  const above = holderAbove(lease);
  if (above !== undefined) {
    throw new CrcacheError(
      'failed',
      `'${name}' is held by '${above.name}', which stands on it`,
      `crcache release ${above.name}`,
    );
  }
  if (!isHeldBy(lease, wanted)) {
    throw new CrcacheError(
      'failed',
      `'${name}' is not held by lease '${wanted ?? ''}', but by '${lease.id}' of ${lease.holder}`,
      'its lease has ended, and somebody else has acquired it since; or it never was the one of CRCACHE_LEASE',
    );
  }
  return {name, lease};
}
