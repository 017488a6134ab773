// with --streams: a command of this machine, in which streams are instances for as long as it runs.
//
// However the command or this process ends, so does all that was begun in the streams: the leases are for this process,
// and a watcher that outlives it does what is due; where that is killed too, the next command does it.

import {startHeir} from '../again.js';
import {makeDirectory} from '../../files.js';
import type {CrcacheError} from '../../errors.js';
import {beRunnable} from '../../source/run-script.js';
import type {Cache} from '../cache.js';
import {startCollecting} from '../due.js';
import {failWith} from '../fail-with.js';
import {supervise, type Supervision} from '../supervise.js';
import {usualGraceMs} from '../job/keep-outputs.js';
import {startBarriers} from './barriers.js';
import {defaultSource, readStreams} from './definitions.js';
import {endStreams} from './end-streams.js';
import {makeSession, type Session} from './session.js';

export interface StreamsRequest {
  /** FILE or FILE:path.to.part. */
  readonly file: string;
  /** There are no streams but those of the file. */
  readonly isStrict: boolean;
  /** The source of those that are not defined. */
  readonly others: string | undefined;
  readonly waitMs: number | undefined;
  /** Where to keep what jobs write. */
  readonly outputs: string | undefined;
}

/** Checks all that is said of streams, and makes their directory; no instance is touched. */
export async function openSession(cache: Cache, request: StreamsRequest): Promise<Session> {
  const {file, isStrict, others, waitMs, outputs} = request;
  const sources = await readStreams(cache, file);
  if (outputs !== undefined) makeDirectory(outputs);
  return makeSession(cache, {
    sources,
    others: isStrict ? undefined : defaultSource(cache, others),
    // JSON has no infinity.
    waitMs: waitMs === undefined ? null : Math.min(waitMs, Number.MAX_SAFE_INTEGER),
    outputs: outputs ?? null,
  });
}

/** Runs a command with streams; the value is its exit status, 128+n for a signal. */
export async function withStreams(
  cache: Cache,
  request: StreamsRequest & {readonly command: readonly string[]},
  supervision: Supervision,
): Promise<number> {
  const {env, cwd} = cache.caller;
  const session = await openSession(cache, request);
  const watcher = await startHeir(cache);
  const barriers = startBarriers(cache, session);
  const failures: CrcacheError[] = [];
  let status: number | undefined;
  try {
    const start = {
      program: 'sh',
      words: ['-c', `${beRunnable()}\nexec "$@"`, 'sh', ...request.command],
      env: {...env, ...session.environment, CRCACHE_LEASE: undefined},
      cwd,
      directory: session.directory,
    };
    ({status} = await supervise(start, supervision));
  } finally {
    barriers.stop();
    // What failed first is the command, and its status is told.
    const onFailure = status === 0 ? (error: CrcacheError) => failures.push(error) : undefined;
    const sources = await endStreams(cache, session, {graceMs: usualGraceMs, onFailure});
    await watcher.dismiss();
    for (const name of sources) await startCollecting(cache, cache.source(name));
  }
  failWith(cache, failures);
  return status;
}
