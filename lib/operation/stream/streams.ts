// The streams of a program that holds them itself, as a test does: they end when it closes them, or ends.

import type {Watcher} from '../../exec.js';
import {startHeir} from '../again.js';
import type {CrcacheError} from '../../errors.js';
import type {Cache} from '../cache.js';
import {failWith} from '../fail-with.js';
import {usualGraceMs} from '../job/keep-outputs.js';
import {startBarriers} from './barriers.js';
import {endStreams} from './end-streams.js';
import {checkStreamName, streamsFrom} from './names.js';
import type {Session} from './session.js';
import {Stream, StreamSet} from './stream.js';

export class StreamTable {
  readonly #cache: Cache;
  readonly #session: Session;
  readonly #watcher: Watcher;
  readonly #barriers: {readonly stop: () => void};
  readonly #known = new Map<string, Stream>();
  #isClosed = false;

  /** The cache is one whose environment is the session's. */
  constructor(cache: Cache, session: Session, watcher: Watcher) {
    this.#cache = cache;
    this.#session = session;
    this.#watcher = watcher;
    this.#barriers = startBarriers(cache, session);
  }

  static async open(cache: Cache, session: Session): Promise<StreamTable> {
    return new StreamTable(cache, session, await startHeir(cache));
  }

  /** What commands of crcache need in their environment to know the streams. */
  get environment(): Readonly<Record<string, string>> {
    return this.#session.environment;
  }

  stream(name: string): Stream {
    checkStreamName(name);
    this.#session.sourceOf(name);
    const stream = this.#known.get(name) ?? new Stream(this.#cache, this.#session, name);
    this.#known.set(name, stream);
    return stream;
  }

  /** The streams from one number to another, with both of them. */
  range(first: number, last: number): StreamSet {
    const streams = streamsFrom(first, last).map((name) => this.stream(name));
    return new StreamSet(this.#cache, streams);
  }

  /** Ends all that runs in them, and gives the instances back. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#barriers.stop();
    const failures: CrcacheError[] = [];
    const onFailure = (error: CrcacheError): void => void failures.push(error);
    await endStreams(this.#cache, this.#session, {graceMs: usualGraceMs, onFailure});
    await this.#watcher.dismiss();
    failWith(this.#cache, failures);
  }
}
