// Where an instance is: the state directory that its symlink is in and, for a state that takes time, the
// worker that is at it. `allocating/pool-1@WORKER` says both in one name.

import {isWorked, type RestingState, type State, type WorkedState} from '../instance.js';
import {formatWorker, parseWorker, type Worker} from './worker.js';

export interface RestingPlace {
  readonly instance: string;
  readonly state: RestingState;
}

export interface WorkedPlace {
  readonly instance: string;
  readonly state: WorkedState;
  readonly worker: Worker;
}

export type Place = RestingPlace | WorkedPlace;

/** The name of a place's symlink, below the source's directory. */
export function linkOf(place: Place): string {
  const {state, instance} = place;
  return 'worker' in place
    ? `${state}/${instance}@${formatWorker(place.worker)}`
    : `${state}/${instance}`;
}

/** The place that a name in a state's directory stands for; undefined for a name that is not one of ours. */
export function placeOf(state: State, name: string): Place | undefined {
  const [instance = '', words, ...rest] = name.split('@');
  if (instance === '' || rest.length > 0) return undefined;
  if (!isWorked(state)) return words === undefined ? {instance, state} : undefined;
  const worker = words === undefined ? undefined : parseWorker(words);
  return worker === undefined ? undefined : {instance, state, worker};
}

export function isWorkedPlace(place: Place): place is WorkedPlace {
  return isWorked(place.state);
}
