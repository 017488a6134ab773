// acquire: N instances of a source, whole or not at all.

import {CrcacheError} from '../errors.js';
import {identify} from '../processes.js';
import type {Lease} from '../store/lease.js';
import {formatTime} from '../time.js';
import {allocateAt} from './allocate.js';
import type {Acquired, AcquireRequest, Cache, Source} from './cache.js';
import {openSource} from './open-source.js';
import {Errand} from './errand.js';
import {exhausted} from './exhausted.js';
import {runPhase} from './hooks.js';
import {bringImports} from './import/bring.js';
import {planAcquire, type Plan} from './plan.js';
import {situationOf} from './situation.js';
import {tidy} from './tidy.js';
import {Turn} from './turn.js';

/** Acquires instances. They are given back if this process dies before the result is confirmed. */
export async function acquire(cache: Cache, request: AcquireRequest): Promise<Acquired> {
  const source = cache.source(request.source);
  cache.checkGround(source);
  openSource(cache, source);
  const worker = cache.around.workshop.newWorker();
  const holding = holdingOf(cache, {...request, id: worker.nonce});
  const {count, wishes = [], shares, onClaimed} = request;
  const turn = new Turn(cache, source, {
    worker,
    waitMs: request.waitMs,
    abort: request.abort,
    wishes,
    inherited: request.tickets,
  });
  // Several are had at once: who waited with some of them in hand would keep them from others who do.
  const patienceMs = (): number => request.patienceMs ?? (count === 1 ? turn.restMs() : 0);
  const errand = new Errand(cache, source, {
    worker,
    count,
    wishes,
    shares,
    turn,
    patienceMs,
    onClaimed,
  });
  const giveBack = async (): Promise<void> => {
    await errand.giveBack();
    turn.leave();
  };
  try {
    await gather(errand, turn, request);
    await errand.doAtEach((instance) => bringImports(cache, instance, request.imports ?? []));
    const moment = {phase: 'allocate', lease: holding.id} as const;
    await errand.doAtEach((instance) => runPhase(cache, instance, moment));
    cache.around.step('allocate:hooked');
    const lease = {...holding, ...termOf(cache, errand.source, request)};
    for (const place of errand.places) {
      errand.noteInUse(place.instance);
      if (!allocateAt(errand.source, {place, lease})) throw takenAway(place.instance);
    }
  } catch (error) {
    await giveBack();
    throw error;
  }
  return {
    names: errand.names,
    lease: holding.id,
    confirm: () => {
      turn.leave();
    },
    giveBack,
  };
}

/** What an acquire would do now. It changes nothing. */
export function planFor(cache: Cache, {source: name, count, wishes = []}: AcquireRequest): Plan {
  const source = cache.source(name);
  return planAcquire(situationOf(cache, source, {count, wishes, tickets: new Map()}));
}

/** Gets hold of as many instances as are wanted, waiting for them where the request says so. */
async function gather(errand: Errand, turn: Turn, request: AcquireRequest): Promise<void> {
  const {cache} = errand;
  const {count, wishes, waitMs: waitedMs} = request;
  for (let hasWaited = false; ;) {
    const {source} = errand;
    const refusal = await errand.gather();
    if (refusal === undefined) return;
    const refused = {refusal, count, wishes, tickets: turn.tickets};
    if (refusal === 'impossible' || refusal === 'unconfigured')
      throw exhausted(cache, source, refused);
    // What time made due may be all that is missing.
    if (await tidy(cache, source)) continue;
    if (waitedMs !== undefined && !hasWaited) {
      const {cause} = errand;
      request.onWait?.(exhausted(cache, source, {...refused, cause}).message);
      hasWaited = true;
    }
    if (!(await turn.wait(refusal))) {
      request.abort?.throwIfAborted();
      const {cause} = errand;
      throw exhausted(cache, source, {...refused, waitedMs, cause});
    }
    errand.source = asItIsNow(cache, source);
    turn.source = errand.source;
  }
}

/** A source by a configuration that may have changed while somebody waited; one that is wrong now waits to be mended. */
function asItIsNow(cache: Cache, source: Source): Source {
  cache.readAgain();
  const now = cache.source(source.name);
  try {
    cache.checkGround(now);
    openSource(cache, now);
    return now;
  } catch (error) {
    if (error instanceof CrcacheError && error.kind === 'usage') return source;
    throw error;
  }
}

/** Who is to hold the instances: all of a lease but its times. */
function holdingOf(
  cache: Cache,
  {id, holder, forPid}: AcquireRequest & {id: string},
): Omit<Lease, 'since' | 'until'> {
  const {caller, around} = cache;
  const forProcess = forPid === undefined ? undefined : identify(around.workshop.here, forPid);
  if (forPid !== undefined && forProcess === undefined) {
    throw new CrcacheError('usage', `there is no process ${String(forPid)} to hold the lease for`);
  }
  return {
    id,
    holder: holder ?? caller.user,
    host: around.workshop.here.host,
    user: caller.user,
    command: caller.command,
    cwd: caller.cwd,
    ...(forProcess === undefined ? {} : {forProcess}),
    ...(caller.lease === undefined || holder !== undefined ? {} : {within: caller.lease}),
  };
}

/** From when on they are held, and until when: neither waiting nor making them is of that time. */
function termOf(
  {around}: Cache,
  {settings}: Source,
  {ttlMs = settings.ttl}: AcquireRequest,
): Pick<Lease, 'since' | 'until'> {
  const now = around.now();
  const since = formatTime(now);
  return ttlMs === undefined
    ? {since}
    : {since, until: formatTime(new Date(now.getTime() + ttlMs))};
}

function takenAway(instance: string): CrcacheError {
  return new CrcacheError(
    'failed',
    `'${instance}' was taken away while it was being acquired`,
    `crcache log ${instance}`,
  );
}
