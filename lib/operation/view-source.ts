// A source as it is shown: where its instances are, and its limits. Read without a lock, from directories and
// configuration alone; nothing of an instance is read, and nothing is ever written.

import {describeUnused} from '../config/problem.js';
import {inNaturalOrder, states, type State} from '../instance.js';
import {safe} from '../output/safe.js';
import type {Place} from '../store/place.js';
import type {Cache, Source} from './cache.js';
import {limitsOf, type Limits} from './limits.js';
import {tolerate} from './tolerate.js';

export interface SourceView {
  readonly source: Source;
  readonly name: string;
  /** The places of its instances by their state, each instance once, in no order. */
  readonly places: Readonly<Record<State, readonly Place[]>>;
  readonly limits: Limits;
  /** The sources that its instances stand on. */
  readonly below: readonly string[];
}

/** The sources that are named; a failure where one does not exist. */
export function viewNamed(cache: Cache, names: readonly string[]): SourceView[] {
  cache.store.checkFormat();
  const views = [...new Set(names)].map((name) => viewOf(cache, cache.source(name)));
  tellProblems(cache, views);
  return views;
}

/**
 * All sources: those that are configured and those with instances. `local`, which is there without configuration, is one
 * where it has instances, where another stands on it, and where there is nothing else.
 */
export function viewAll(cache: Cache): SourceView[] {
  cache.store.check();
  const {names, warnings} = cache.configuration.names();
  for (const unused of warnings) {
    cache.say(describeUnused(unused));
    if (unused.hint !== undefined) cache.say(`hint: ${unused.hint}`);
  }
  const all = [...new Set([...names, ...cache.store.sourceNames()])].sort();
  const views = all.flatMap((name) => {
    return tolerate(cache, `source '${name}'`, () => viewIfAny(cache, name, names)) ?? [];
  });
  tellProblems(cache, views);
  const isImplied = (view: SourceView): boolean =>
    isImplicit(view) &&
    countAll(view) === 0 &&
    views.length > 1 &&
    !views.some(({below}) => below.includes(view.name));
  return views.filter((view) => !isImplied(view));
}

function tellProblems({say}: Cache, views: readonly SourceView[]): void {
  for (const {name, source} of views) {
    if (source.problem === undefined) continue;
    say(`source '${name}': ${source.problem.message}`);
    if (source.problem.hint !== undefined) say(`hint: ${source.problem.hint}`);
  }
}

/** All sources in the order of who stands on whom: each before those that its instances stand on. */
export function topDown(views: readonly SourceView[]): SourceView[] {
  const bottomUp = new Set<SourceView>();
  const visit = (view: SourceView): void => {
    const below = view.below.flatMap((name) => views.find((other) => other.name === name) ?? []);
    for (const each of below.reverse()) visit(each);
    bottomUp.add(view);
  };
  const isBelow = ({name}: SourceView): boolean => views.some(({below}) => below.includes(name));
  for (const view of views.filter((each) => !isBelow(each)).reverse()) visit(view);
  return [...bottomUp].reverse();
}

/** The views of sources and of all that they stand on. */
export function withBelow(cache: Cache, views: readonly SourceView[]): SourceView[] {
  const names = (view: SourceView): string[] => [
    view.name,
    ...cache.sourcesBelow(view.source).flatMap((below) => names(viewOf(cache, below))),
  ];
  return viewNamed(cache, views.flatMap(names));
}

function viewIfAny(
  cache: Cache,
  name: string,
  configured: readonly string[],
): SourceView | undefined {
  const state = cache.store.source(name);
  const isConfigured = configured.includes(name);
  if (!isConfigured && state.allPlaces().length === 0) return undefined;
  return viewOf(cache, cache.source(name));
}

function viewOf(cache: Cache, source: Source): SourceView {
  const {name, type, settings} = source;
  return {
    source,
    name,
    places: readPlaces(cache, source),
    limits: limitsOf(cache, source),
    below: type.standsOn?.(settings) ?? [],
  };
}

/** An instance that moved during the listing may have been seen twice: it is where it was seen last. */
function readPlaces(cache: Cache, {state: sourceState}: Source): SourceView['places'] {
  const last = new Map<string, Place>();
  for (const state of states) {
    const {places, strays} = sourceState.listIn(state);
    for (const place of places) last.set(place.instance, place);
    for (const name of strays) {
      const path = `${sourceState.directory}/${state}/${name}`;
      cache.say(`${safe(path)} is no instance: passed over`);
    }
  }
  const byState = Object.fromEntries(states.map((state) => [state, [] as Place[]]));
  for (const place of last.values()) byState[place.state]?.push(place);
  return byState as unknown as Record<State, Place[]>;
}

function isImplicit({source}: SourceView): boolean {
  return source.definition.place === undefined;
}

/** How many instances a source has, in whatever state. */
export function countAll({places}: SourceView): number {
  return states.reduce((total, state) => total + places[state].length, 0);
}

/** The names of the instances in a state, in their order. */
export function namesIn({places}: SourceView, state: State): string[] {
  return inNaturalOrder(
    places[state].map(({instance}) => instance),
    (name) => name,
  );
}
