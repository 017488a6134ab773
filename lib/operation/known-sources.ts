// What is known of a source: what the configuration says of it or, where that is gone or cannot be used any more, what
// its instances were made with. So whatever becomes of a configuration, what was made by it can be released.

import {checkCycles} from '../config/cycle.js';
import type {Place, SourceDefinition} from '../config/definition.js';
import type {Configuration} from '../config/sources.js';
import {CrcacheError} from '../errors.js';
import type {Types} from '../source/registry.js';
import type {Store} from '../store/store.js';
import {readSnapshot} from './snapshot.js';

/** Sources that have no name of their own are below this root of the state directory. */
export const nameless = {prefix: 'stream.', root: 'nameless'};

export interface KnownSource {
  readonly definition: SourceDefinition;
  /** Its configuration is gone. */
  readonly isUnconfigured: boolean;
  /** Why its configuration, which is there, cannot be used. */
  readonly problem: CrcacheError | undefined;
}

interface Parts {
  readonly store: Store;
  readonly configuration: Configuration;
  readonly types: Types;
  /** A source that has instances is what the root says that it belongs to, also where another root has the name. */
  readonly goesByOrigin?: boolean;
}

export class KnownSources {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** What is known of a source, undefined where nothing is. Fails where all that there is of it cannot be used. */
  find(name: string): KnownSource | undefined {
    let problem: CrcacheError | undefined;
    try {
      const definition = this.#configured(name);
      if (definition !== undefined) {
        // What stands on a source that has gone can still be released.
        this.#checkCycles(name, {
          isMissingFine: () => this.hasInstances(name),
          definitionOf: (each) => this.#configured(each) ?? this.remembered(each),
        });
        return {definition, isUnconfigured: false, problem};
      }
    } catch (error) {
      if (!isUnusable(error)) throw error;
      problem = error;
    }
    const made = this.remembered(name);
    if (made === undefined && problem !== undefined) throw problem;
    if (made === undefined) return undefined;
    const place = problem === undefined ? undefined : this.#placeOf(name);
    const definition = place === undefined ? made : {...made, place};
    return {definition, isUnconfigured: problem === undefined, problem};
  }

  /** Fails where a source, or one that it stands on, is wrong or gone. */
  checkGround(name: string): void {
    this.#checkCycles(name, {
      isMissingFine: () => false,
      definitionOf: (each) => this.#configured(each),
    });
  }

  /** What an instance was made with; without one, what any of the source's was. */
  remembered(name: string, instance?: string): SourceDefinition | undefined {
    const {configuration, store, types} = this.#parts;
    const state = store.source(name);
    if (instance === undefined && !this.hasInstances(name)) return undefined;
    const origin = state.readOrigin();
    const known = origin === undefined ? types : configuration.typesAt(origin);
    return readSnapshot(known, state, instance);
  }

  hasInstances(name: string): boolean {
    return this.#parts.store.source(name).count() > 0;
  }

  #checkCycles(
    name: string,
    known: {
      isMissingFine: () => boolean;
      definitionOf: (each: string) => SourceDefinition | undefined;
    },
  ): void {
    const {configuration, types} = this.#parts;
    checkCycles(configuration, name, {
      standsOn: ({settings}) => types.find(settings.type)?.standsOn?.(settings) ?? [],
      ...known,
    });
  }

  #configured(name: string): SourceDefinition | undefined {
    for (const configuration of this.#configurations(name)) {
      const definition = configuration.source(name);
      if (definition !== undefined) return definition;
    }
    return undefined;
  }

  /** Where a wrong configuration is: hooks may have files of their own beside it. Nowhere, where it is not trusted. */
  #placeOf(name: string): Place | undefined {
    try {
      for (const configuration of this.#configurations(name)) {
        const checked = configuration.check(name);
        if (checked !== undefined) return checked.definition.place;
      }
    } catch (error) {
      if (!isUnusable(error)) throw error;
    }
    return undefined;
  }

  /** Where a source is looked for: from another directory, where it was defined, while it has instances. */
  *#configurations(name: string): Iterable<Configuration> {
    const {configuration, store, goesByOrigin = false} = this.#parts;
    const atOrigin = goesByOrigin ? this.#origin(name) : undefined;
    if (atOrigin !== undefined) {
      yield configuration.at(atOrigin);
      return;
    }
    yield configuration;
    if (name.startsWith(nameless.prefix)) {
      yield configuration.at(`${store.directory}/${nameless.root}`);
    }
    const origin = this.#origin(name);
    if (origin !== undefined) yield configuration.at(origin);
  }

  /** The root that a source belongs to, which it does while it has instances. */
  #origin(name: string): string | undefined {
    return this.hasInstances(name) ? this.#parts.store.source(name).readOrigin() : undefined;
  }
}

function isUnusable(error: unknown): error is CrcacheError {
  return error instanceof CrcacheError && error.kind === 'usage';
}
