// Hooks that go on although their crcache is gone, as after a kill -9 of run-hooks. Those of a transition are ended by who
// takes that over; here there is none.

import {listNames} from '../files.js';
import {isWorkedPlace} from '../store/place.js';
import {parseWorker} from '../store/worker.js';
import {endTools} from '../tools.js';
import type {Cache, Source} from './cache.js';
import type {Due} from './tidy.js';

export function strayHooks({around}: Cache, {state, name: source}: Source): Due[] {
  const isStray = (note: string): boolean => {
    const worker = parseWorker(note.replace(/\.ended$/, ''));
    if (worker === undefined || !around.workshop.isOfHere(worker)) return false;
    return around.workshop.fateOf(worker) === 'dead';
  };
  return state
    .allPlaces()
    .filter((place) => !isWorkedPlace(place))
    .map(({instance}) => ({instance, workers: `${state.instancePath(instance)}/workers`}))
    .filter(({workers}) => listNames(workers).some(isStray))
    .map(({instance, workers}) => ({
      what: `end the hook of '${instance}' whose crcache is gone`,
      source,
      run: () => endTools(workers, isStray),
    }));
}
