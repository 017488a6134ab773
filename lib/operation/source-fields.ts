// What is to be known of a source, by the keys of --json and --format. The keys are stable.

import {states, type State} from '../instance.js';
import type {Field, Fields, Value} from '../output/value.js';
import {countWaiting} from '../store/queue.js';
import type {Cache} from './cache.js';
import {abilitiesOf} from './needs.js';
import {available} from './situation.js';
import {countAll, namesIn, type SourceView} from './view-source.js';

/** A source, and the cache that it is of. */
export interface SourceItem {
  readonly cache: Cache;
  readonly view: SourceView;
}

/** A number of which Infinity is none. */
function limit(number: number): number | null {
  return number === Infinity ? null : number;
}

const counts = Object.fromEntries(
  states.map((state): [State, Field<SourceItem>] => [
    state,
    {
      summary: `how many instances are ${state}`,
      read: ({view}) => view.places[state].length,
    },
  ]),
) as Record<State, Field<SourceItem>>;

export const sourceFields = {
  name: {summary: 'its name', read: ({view}) => view.name},
  type: {summary: 'its type', read: ({view}) => view.source.type.name},
  ...counts,
  count: {summary: 'how many instances there are', read: ({view}) => countAll(view)},
  min: {
    summary: 'how many it keeps rather than discard',
    read: ({view}) => view.limits.minimum,
  },
  max: {
    summary: 'how many it may have; nothing where it has no limit',
    read: ({view}) => limit(view.limits.maximum),
  },
  available: {
    summary: 'how many could be had now; nothing where it has no limit',
    read: ({cache, view}) => limit(available(cache, view.source)),
  },
  waiting: {
    summary: 'how many requests wait',
    read: ({view}) => countWaiting(view.source.state),
  },
  sources: {summary: 'the sources that its instances stand on', read: ({view}) => view.below},
  abilities: {
    summary: 'what its instances can do, as acquire --need has it',
    read: ({cache, view}) => abilitiesOf(cache, view.source),
  },
  drained: {
    summary: 'whether nothing new is given out',
    read: ({view}) => view.source.state.isDrained,
  },
  unconfigured: {
    summary: 'whether its configuration has been removed',
    read: ({view}) => view.source.isUnconfigured,
  },
  problem: {
    summary: 'why its configuration cannot be used; nothing where it can, or is gone',
    read: ({view}) => view.source.problem?.message ?? null,
  },
  config: {
    summary: 'its source.conf',
    read: ({view}) => view.source.definition.place?.file ?? null,
  },
  directory: {summary: 'its state', read: ({view}) => view.source.state.directory},
} satisfies Fields<SourceItem>;

/** The names of a source's instances, by their state. */
export function instancesByState(view: SourceView): Readonly<Record<string, Value>> {
  return Object.fromEntries(states.map((state) => [state, namesIn(view, state)]));
}
