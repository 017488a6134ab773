// What every operation stands on: the configuration, the state directory, and who asks.

import type {CommonSettings} from '../config/common-keys.js';
import type {SourceDefinition} from '../config/definition.js';
import {hashOf} from '../config/hash.js';
import type {Configuration} from '../config/sources.js';
import {describeUnused} from '../config/problem.js';
import {CrcacheError} from '../errors.js';
import type {Import} from '../import.js';
import {isSourceName} from '../instance.js';
import {nearest} from '../nearest.js';
import type {Types} from '../source/registry.js';
import type {SourceType} from '../source/source.js';
import type {Lease} from '../store/lease.js';
import type {Ticket} from '../store/queue.js';
import type {SourceState, Surroundings} from '../store/source-state.js';
import type {Store} from '../store/store.js';
import type {Caller} from './caller.js';
import {KnownSources} from './known-sources.js';
import type {Wishes} from './wishes.js';
import {rememberedBy} from './remembered-hash.js';
import type {Shares} from './shares.js';

/** A request for instances. */
export interface AcquireRequest {
  readonly source: string;
  readonly count: number;
  /** What the instances are to be like; anything unless given. */
  readonly wishes?: Wishes | undefined;
  /** Who will hold them; the caller, unless given. */
  readonly holder?: string | undefined;
  /** How long to wait for one's turn; Infinity: for ever; undefined: not at all. */
  readonly waitMs?: number | undefined;
  /** Ends the waiting, which fails with its reason. */
  readonly abort?: AbortSignal | undefined;
  /** How long making one may wait, where its type has a queue; as long as for one's turn, unless given. */
  readonly patienceMs?: number | undefined;
  /** Told once, when the waiting begins, why. */
  readonly onWait?: ((why: string) => void) | undefined;
  /** The leases end after this time, or with this process. */
  readonly ttlMs?: number | undefined;
  readonly forPid?: number | undefined;
  /** Directories of this machine to import, besides those that the source says. */
  readonly imports?: readonly Import[] | undefined;
  /** Tickets that the request has already, by source, as one that stands on these sources. */
  readonly tickets?: Tickets | undefined;
  /** What its instances are to stand on, as one that stands on these sources. */
  readonly shares?: Shares | undefined;
  /** Called when all is claimed, which is long before all is made; perhaps more than once. */
  readonly onClaimed?: (() => void) | undefined;
}

export type Tickets = ReadonlyMap<string, Ticket>;

export interface Acquired {
  readonly names: readonly string[];
  /** The lease that they are held by. */
  readonly lease: string;
  /** The caller has the names. Until then they are given back if this process dies. */
  readonly confirm: () => void;
  /** Gives them all back. */
  readonly giveBack: () => Promise<void>;
}

export interface HeldRelease {
  readonly name: string;
  readonly isRightLease?: (lease: Lease) => boolean;
  readonly why: string;
  /** Discard it, whatever the reserve says. */
  readonly isForced?: boolean;
  /** Write back what was changed in copies of imports; done unless this is false. */
  readonly writesBack?: boolean | undefined;
  /** Told of a hook that failed, and of what was not written back; unless given, the user is. */
  readonly onFailure?: ((error: CrcacheError) => void) | undefined;
}

/** What an instance needs of the source below that it stands on; the operations themselves, seen from below. */
export interface Below {
  readonly acquire: (cache: Cache, request: AcquireRequest) => Promise<Acquired>;
  readonly releaseHeld: (cache: Cache, release: HeldRelease) => Promise<boolean>;
}

export interface Source {
  readonly name: string;
  readonly type: SourceType;
  readonly settings: CommonSettings;
  readonly definition: SourceDefinition;
  /** The hash of its configuration; instances with another were made by another. */
  readonly hash: string;
  readonly state: SourceState;
  /** Its configuration has been removed, and it is known from what its instances were made with. */
  readonly isUnconfigured: boolean;
  /** Why its configuration, which is there, cannot be used; it is known from what its instances were made with then, too. */
  readonly problem: CrcacheError | undefined;
}

/** Whether a source is known only from what its instances were made with: these can go, and none is added. */
export function isRemembered({isUnconfigured, problem}: Source): boolean {
  return isUnconfigured || problem !== undefined;
}

export interface CacheParts extends Pick<
  Cache,
  'store' | 'configuration' | 'types' | 'caller' | 'say' | 'listen' | 'below'
> {
  /** A source that has instances is what the root says that it belongs to, also where another root has the name. */
  readonly goesByOrigin?: boolean;
}

export class Cache {
  readonly store: Store;
  readonly configuration: Configuration;
  readonly types: Types;
  readonly caller: Caller;
  /** Tells the user what happened beside what was asked for. */
  readonly say: (line: string) => void;
  /** Gets what hooks print, as it comes. */
  readonly listen: (piece: Buffer) => void;
  readonly below: Below;
  readonly #sources = new Map<string, Source>();
  readonly #known: KnownSources;
  readonly #parts: CacheParts;

  constructor(parts: CacheParts) {
    this.#parts = parts;
    this.store = parts.store;
    this.configuration = parts.configuration;
    this.types = parts.types;
    this.caller = parts.caller;
    this.say = parts.say;
    this.listen = parts.listen;
    this.below = parts.below;
    this.#known = new KnownSources(parts);
  }

  /** The same, for what is done wherever it is asked for. */
  byOrigin(): Cache {
    return new Cache({...this.#parts, goesByOrigin: true});
  }

  get around(): Surroundings {
    return this.store.around;
  }

  /** Sources that are configured, and those that still have instances, in order. */
  sourceNames(): string[] {
    const withInstances = this.store.sourceNames().filter((name) => this.#known.hasInstances(name));
    return [...new Set([...this.configuration.names().names, ...withInstances])].sort();
  }

  /** A source by its name; a failure that names the nearest one where there is none. */
  source(name: string): Source {
    const source = this.findSource(name);
    if (source !== undefined) return source;
    const unused = this.configuration.whyUnused(name);
    if (unused !== undefined) {
      const why = `no source '${name}': ${describeUnused(unused)}`;
      throw new CrcacheError('not-found', why, unused.hint);
    }
    const near = nearest(name, this.sourceNames());
    throw new CrcacheError(
      'not-found',
      `no source '${name}'`,
      near === undefined ? 'crcache list-sources' : `did you mean '${near}'?`,
    );
  }

  /** Reads the configuration anew, for one who has waited. What has become wrong meanwhile, or has gone, stays as it was. */
  readAgain(): void {
    this.configuration.forget();
    const known = [...this.#sources];
    this.#sources.clear();
    for (const [name, before] of known) {
      const now = tried(() => this.findSource(name));
      if (now === undefined || isRemembered(now)) this.#sources.set(name, before);
    }
  }

  /** The same, or undefined. Fails where its configuration is wrong and nothing else is known of it. */
  findSource(name: string): Source | undefined {
    const known = this.#sources.get(name);
    if (known !== undefined || !isSourceName(name)) return known;
    const found = this.#known.find(name);
    if (found === undefined) return undefined;
    const {definition} = found;
    const state = this.store.source(name);
    let hash: string | undefined;
    const source: Source = {
      ...found,
      name,
      type: this.typeOf(definition),
      settings: definition.settings,
      // Reads all hooks: who only looks at limits and counts does not need it.
      get hash() {
        hash ??= hashOf(definition, rememberedBy(state), state.around.now());
        return hash;
      },
      state,
    };
    this.#sources.set(name, source);
    return source;
  }

  /** The type that a definition names, which may have gone since instances were made by it. */
  typeOf({name, settings}: SourceDefinition): SourceType {
    const type = this.types.find(settings.type);
    if (type !== undefined) return type;
    throw new CrcacheError(
      'usage',
      `instances of '${name}' were made by type '${settings.type}', which is not there any more`,
      'install it again: nothing else knows how they are discarded',
    );
  }

  /** The definition that an instance was made from, if that is known. */
  definitionOf(source: string, instance: string): SourceDefinition | undefined {
    return this.#known.remembered(source, instance);
  }

  /** Fails where a source cannot have new instances, as its configuration or that of one that it stands on is wrong or gone. */
  checkGround({name, isUnconfigured, problem}: Source): void {
    if (problem !== undefined) throw problem;
    if (!isUnconfigured) this.#known.checkGround(name);
  }

  /** The sources that a source's instances stand on. */
  sourcesBelow({type, settings}: Pick<Source, 'type' | 'settings'>): Source[] {
    return (type.standsOn?.(settings) ?? []).flatMap((name) => this.#findBelow(name) ?? []);
  }

  /** A source of which nobody knows what it is has nothing that another one could stand on. */
  #findBelow(name: string): Source | undefined {
    return tried(() => this.findSource(name));
  }
}

/** What is looked for, or undefined where it cannot be used. */
function tried<Value>(look: () => Value): Value | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof CrcacheError && error.kind === 'usage') return undefined;
    throw error;
  }
}

/** Whether a source's instances stand on none of another one. */
export function isAtBottom({type, settings}: Pick<Source, 'type' | 'settings'>): boolean {
  return (type.standsOn?.(settings) ?? []).length === 0;
}
