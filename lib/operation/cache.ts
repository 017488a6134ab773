// What every operation stands on: the configuration, the state directory, and who asks.

import type {CommonSettings} from '../config/common-keys.js';
import {checkCycles} from '../config/cycle.js';
import type {SourceDefinition} from '../config/definition.js';
import {hashOf} from '../config/hash.js';
import type {Configuration} from '../config/sources.js';
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
import type {Labels} from './labels.js';
import {rememberedBy} from './remembered-hash.js';
import {readSnapshot} from './snapshot.js';

/** Who asks, for leases and logs. */
export interface Caller {
  readonly user: string;
  readonly cwd: string;
  /** How to start this program again. */
  readonly program: readonly [string, ...string[]];
  /** The command line, for people. */
  readonly command: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The lease that the caller is inside of: it may touch no other's instances. */
  readonly lease: string | undefined;
}

/** A request for instances. */
export interface AcquireRequest {
  readonly source: string;
  readonly count: number;
  /** Labels, each KEY=VALUE, that the instances are to have; none unless given. */
  readonly labels?: Labels | undefined;
  /** Who will hold them; the caller, unless given. */
  readonly holder?: string | undefined;
  /** How long to wait for one's turn; Infinity: for ever; undefined: not at all. */
  readonly waitMs?: number | undefined;
  /** Told once, when the waiting begins, why. */
  readonly onWait?: ((why: string) => void) | undefined;
  /** The leases end after this time. */
  readonly ttlMs?: number | undefined;
  /** The leases end with this process. */
  readonly forPid?: number | undefined;
  /** Directories of this machine to import, besides those that the source says. */
  readonly imports?: readonly Import[] | undefined;
  /** Tickets that the request has already, by source, as one that stands on these sources. */
  readonly tickets?: Tickets | undefined;
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
  readonly isRightLease: (lease: Lease) => boolean;
  readonly why: string;
  /** Discard it, whatever the reserve says. */
  readonly isForced?: boolean;
  /** Write back what was changed in copies of imports; done unless this is false. */
  readonly writesBack?: boolean | undefined;
  /** Told of a hook that failed; unless given, the user is. */
  readonly onHookFailure?: ((error: CrcacheError) => void) | undefined;
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
}

export interface CacheParts extends Pick<
  Cache,
  'store' | 'configuration' | 'types' | 'configurationAt' | 'caller' | 'say' | 'listen' | 'below'
> {
  /** A source that has instances is what the root says that it belongs to, also where another root has the name. */
  readonly goesByOrigin?: boolean;
}

/** Sources that have no name of their own are below this root of the state directory. */
export const nameless = {prefix: 'stream.', root: 'nameless'};

export class Cache {
  readonly store: Store;
  readonly configuration: Configuration;
  readonly types: Types;
  /** The configuration of one root alone. */
  readonly configurationAt: (root: string) => Configuration;
  readonly caller: Caller;
  /** Tells the user what happened beside what was asked for. */
  readonly say: (line: string) => void;
  /** Gets what hooks print, as it comes. */
  readonly listen: (piece: Buffer) => void;
  readonly below: Below;
  readonly #sources = new Map<string, Source>();
  readonly #parts: CacheParts;

  constructor(parts: CacheParts) {
    this.#parts = parts;
    this.store = parts.store;
    this.configuration = parts.configuration;
    this.types = parts.types;
    this.configurationAt = parts.configurationAt;
    this.caller = parts.caller;
    this.say = parts.say;
    this.listen = parts.listen;
    this.below = parts.below;
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
    const withInstances = this.store.sourceNames().filter((name) => hasInstances(this, name));
    return [...new Set([...this.configuration.names().names, ...withInstances])].sort();
  }

  /** A source by its name; a failure that names the nearest one where there is none. */
  source(name: string): Source {
    const source = this.findSource(name);
    if (source !== undefined) return source;
    const near = nearest(name, this.sourceNames());
    throw new CrcacheError(
      'not-found',
      `no source '${name}'`,
      near === undefined ? 'crcache list-sources' : `did you mean '${near}'?`,
    );
  }

  findSource(name: string): Source | undefined {
    const known = this.#sources.get(name);
    if (known !== undefined || !isSourceName(name)) return known;
    const state = this.store.source(name);
    const configured = this.#configured(name);
    // What stands on a source that has gone can still be released.
    if (configured !== undefined) this.#checkCycles(name, () => hasInstances(this, name));
    const definition = configured ?? this.#remembered(name);
    if (definition === undefined) return undefined;
    const type = this.types.find(definition.settings.type);
    if (type === undefined) throw new Error(`type '${definition.settings.type}' went unchecked`);
    const {settings} = definition;
    const isUnconfigured = configured === undefined;
    let hash: string | undefined;
    const source: Source = {
      name,
      type,
      settings,
      definition,
      // Reads all hooks: who only looks at limits and counts does not need it.
      get hash() {
        hash ??= hashOf(definition, rememberedBy(state), state.around.now());
        return hash;
      },
      state,
      isUnconfigured,
    };
    this.#sources.set(name, source);
    return source;
  }

  /** Fails where a source cannot have new instances, as one that it stands on is not there. */
  checkGround({name, isUnconfigured}: Source): void {
    if (!isUnconfigured) this.#checkCycles(name, () => false);
  }

  #checkCycles(name: string, isMissingFine: () => boolean): void {
    checkCycles(this.configuration, name, {
      standsOn: ({settings}) => this.types.find(settings.type)?.standsOn?.(settings) ?? [],
      definitionOf: (each) => this.#configured(each) ?? this.#remembered(each),
      isMissingFine,
    });
  }

  #nameless(name: string): SourceDefinition | undefined {
    if (!name.startsWith(nameless.prefix)) return undefined;
    return this.configurationAt(`${this.store.directory}/${nameless.root}`).source(name);
  }

  /** Who looks from another directory finds a project's source where it was defined, while it has instances. */
  #configured(name: string): SourceDefinition | undefined {
    const atOrigin = this.#parts.goesByOrigin === true ? this.#origin(name) : undefined;
    if (atOrigin !== undefined) return this.configurationAt(atOrigin).source(name);
    const configured = this.configuration.source(name) ?? this.#nameless(name);
    if (configured !== undefined) return configured;
    const origin = this.#origin(name);
    return origin === undefined ? undefined : this.configurationAt(origin).source(name);
  }

  /** The root that a source belongs to, which it does while it has instances. */
  #origin(name: string): string | undefined {
    return hasInstances(this, name) ? this.store.source(name).readOrigin() : undefined;
  }

  /** What the instances of a source that is not configured any more were made with. */
  #remembered(name: string): SourceDefinition | undefined {
    return hasInstances(this, name) ? readSnapshot(this.types, this.store.source(name)) : undefined;
  }

  /** The sources that a source's instances stand on. */
  sourcesBelow({type, settings}: Pick<Source, 'type' | 'settings'>): Source[] {
    const names = type.standsOn?.(settings) ?? [];
    return names.flatMap((name) => this.findSource(name) ?? []);
  }
}

/** Whether a source's instances stand on none of another one. */
export function isAtBottom({type, settings}: Pick<Source, 'type' | 'settings'>): boolean {
  return (type.standsOn?.(settings) ?? []).length === 0;
}

function hasInstances(cache: Cache, name: string): boolean {
  return cache.store.source(name).allPlaces().length > 0;
}
