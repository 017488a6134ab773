// status --query: one number, summed over sources.

import type {Cache} from './cache.js';
import {available} from './situation.js';
import {isOnThisMachine, levelsOf, readInstance} from './instance.js';
import {instancesOf, type InstanceView} from './view-instance.js';
import type {SourceView} from './view-source.js';

export const queries = ['cached', 'in-use', 'max', 'available', 'concurrency', 'machines'] as const;

export type Query = (typeof queries)[number];

/** The sum over the sources. `cap` is what a source without a limit counts as available. */
export function queryStatus(
  cache: Cache,
  views: readonly SourceView[],
  {query, cap}: {query: Query; cap: number | undefined},
): number {
  const total = (count: (view: SourceView) => number): number =>
    views.reduce((sum, view) => sum + count(view), 0);
  switch (query) {
    case 'cached':
    case 'in-use':
      return total(({places}) => places[query].length);
    case 'max': {
      const sum = total(({limits}) => limits.maximum);
      return sum === Infinity ? 0 : sum;
    }
    case 'available':
      return total((view) => {
        const count = available(cache, view.source);
        return count === Infinity ? (cap ?? startable(view)) : count;
      });
    case 'concurrency':
      return instancesThere(cache, views).reduce(
        (sum, view) => sum + (view.number('concurrency') ?? 0),
        0,
      );
    case 'machines':
      return new Set(instancesThere(cache, views).map((view) => machineOf(cache, view))).size;
  }
}

function instancesThere(cache: Cache, views: readonly SourceView[]): InstanceView[] {
  return instancesOf(cache, views).filter(({place}) => ['cached', 'in-use'].includes(place.state));
}

/** What names the machine that an instance is on, by the level that stands on no other. */
function machineOf(cache: Cache, {source, name}: InstanceView): string {
  const bottom = levelsOf(cache, readInstance(cache, source, name)).at(-1);
  if (bottom === undefined) return '';
  const {type, facts} = bottom;
  return type.machineOf?.(facts) ?? (isOnThisMachine(bottom) ? '' : bottom.name);
}

/** What a source without a limit gives in one go: what is cached, and as many as it starts at once. */
function startable({places, source}: SourceView): number {
  return places.cached.length + source.settings.starting;
}
