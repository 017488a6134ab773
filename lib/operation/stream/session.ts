// The streams of one command: a directory, named by the process that they end with.
//
//   streams.json        what each stream's source is
//   held/NAME           the instance that the stream has, and the lease by which
//   claims/NAME         who is acquiring it
//   jobs/INSTANCE.N     the jobs that were started in it
//   here/               where that process's own command waits at barriers
//
// It is renamed before its instances are released: who has acquired one meanwhile cannot write that down any more, and
// gives it back.

import {CrcacheError, hasCode} from '../../errors.js';
import {
  exists,
  listNames,
  makeDirectory,
  readText,
  renameIfThere,
  writeOnce,
  writeWhole,
} from '../../files.js';
import {removeTree} from '../../trees.js';
import {sourceNameOf} from '../../instance.js';
import {readLease} from '../../store/lease.js';
import {formatWorker, parseWorker, type Worker} from '../../store/worker.js';
import type {Cache} from '../cache.js';
import type {StreamSources} from './definitions.js';

export interface StreamFacts {
  readonly sources: StreamSources;
  /** The source of all others; undefined: there are none. */
  readonly others: string | undefined;
  /** How long to wait for an instance; null: not at all. */
  readonly waitMs: number | null;
  /** Where what jobs write is kept, by the stream's name. */
  readonly outputs: string | null;
}

export interface Held {
  readonly stream: string;
  readonly instance: string;
  readonly lease: string;
}

export class Session {
  readonly directory: string;
  /** Whose streams they are. */
  readonly owner: Worker;
  #facts: StreamFacts | undefined;

  constructor(directory: string, owner: Worker) {
    this.directory = directory;
    this.owner = owner;
  }

  /** What its command is told. */
  get environment(): Readonly<Record<string, string>> {
    return {CRCACHE_STREAMS: this.directory, CRCACHE_BARRIERS: `${this.directory}/here`};
  }

  /** The jobs that were started in streams, in the order of their names. */
  jobs(): JobFacts[] {
    const names = listNames(`${this.directory}/jobs`).filter((name) => !name.endsWith('.new'));
    return names.flatMap((name) => {
      const text = readText(`${this.directory}/jobs/${name}`);
      return text === undefined ? [] : (JSON.parse(text) as JobFacts);
    });
  }

  get facts(): StreamFacts {
    this.#facts ??= JSON.parse(readText(`${this.directory}/streams.json`) ?? 'null') as StreamFacts;
    return this.#facts;
  }

  /** The source of a stream; a failure where it has none. */
  sourceOf(stream: string): string {
    const {sources, others} = this.facts;
    const source = Object.hasOwn(sources, stream) ? sources[stream] : others;
    if (source !== undefined) return source;
    const known = Object.keys(sources).map((each) => `:${each}`);
    const hint =
      known.length === 0 ? 'the file defines none' : `the file defines ${known.join(', ')}`;
    throw new CrcacheError('usage', `stream ':${stream}' is not defined`, hint);
  }

  /** The instance that a stream has. */
  held(stream: string): Held | undefined {
    const [instance, lease] = (readText(`${this.directory}/held/${stream}`) ?? '')
      .trim()
      .split(' ');
    return instance === undefined || lease === undefined ? undefined : {stream, instance, lease};
  }

  /** All that streams have. */
  allHeld(): Held[] {
    return listNames(`${this.directory}/held`).flatMap((stream) => this.held(stream) ?? []);
  }

  streamOf(instance: string): string | undefined {
    return this.allHeld().find((each) => each.instance === instance)?.stream;
  }

  /** Writes down that a stream has an instance; false where the streams have ended. */
  keep({stream, instance, lease}: Held): boolean {
    try {
      return writeOnce(`${this.directory}/held/${stream}`, `${instance} ${lease}\n`);
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return false;
      throw error;
    }
  }

  /** Writes down a job of a stream, for those who look after it. */
  noteJob(facts: JobFacts): void {
    writeWhole(
      `${this.directory}/jobs/${facts.job.replace('/', '.')}`,
      `${JSON.stringify(facts)}\n`,
    );
  }

  /** Lets nobody use the streams any more; the value is what they have. */
  close(): Held[] {
    const ended = new Session(`${this.directory}.ended`, this.owner);
    renameIfThere(this.directory, ended.directory);
    const held = ended.allHeld();
    removeTree(ended.directory);
    return held;
  }
}

export interface JobFacts {
  readonly job: string;
  readonly stream: string;
  /** Null: it starts by itself. */
  readonly set: JobSet | null;
}

/** Jobs that start together: the name that they have in common, and how many they are. */
export interface JobSet {
  readonly name: string;
  readonly count: number;
}

const root = (cache: Cache): string => `${cache.store.directory}/streams`;

/** Makes the directory of streams that end with this process. */
export function makeSession(cache: Cache, facts: StreamFacts): Session {
  const owner = cache.around.workshop.newWorker();
  const directory = `${root(cache)}/${formatWorker(owner)}`;
  cache.store.open();
  for (const each of ['held', 'claims', 'jobs', 'trash', 'here']) {
    makeDirectory(`${directory}/${each}`);
  }
  writeWhole(`${directory}/streams.json`, `${JSON.stringify(facts)}\n`);
  return new Session(directory, owner);
}

/** The instance that a stream has; undefined where it has none yet. One that was released is another's, or nobody's. */
export function instanceHeld(cache: Cache, session: Session, stream: string): string | undefined {
  const held = session.held(stream);
  if (held === undefined) return undefined;
  const {instance, lease} = held;
  const source = sourceNameOf(instance);
  if (readLease(cache.store.source(source).instancePath(instance))?.id === lease) return instance;
  throw new CrcacheError('failed', `stream ':${stream}' has no instance any more: it was released`);
}

/** The streams that the caller is inside of. */
export function findSession({caller: {env}}: Cache): Session | undefined {
  const directory = env['CRCACHE_STREAMS'] ?? '';
  const owner = parseWorker(directory.slice(directory.lastIndexOf('/') + 1));
  return owner === undefined ? undefined : new Session(directory, owner);
}

/** The same for who cannot do without. */
export function currentSession(cache: Cache, word: string): Session {
  const session = findSession(cache);
  if (session === undefined) {
    throw new CrcacheError(
      'usage',
      `'${word}' names a stream, and there are none here`,
      'crcache with --streams FILE -- COMMAND',
    );
  }
  if (exists(`${session.directory}/streams.json`)) return session;
  throw new CrcacheError('failed', `'${word}' names a stream, and the streams have ended`);
}

/** The streams whose process is gone, also those that it had begun to end. */
export function deadSessions(cache: Cache): Session[] {
  const names = listNames(root(cache)).map((name) => name.replace(/\.ended$/, ''));
  return [...new Set(names)].flatMap((name) => {
    const owner = parseWorker(name);
    if (owner === undefined || cache.around.workshop.fateOf(owner) !== 'dead') return [];
    return new Session(`${root(cache)}/${name}`, owner);
  });
}
