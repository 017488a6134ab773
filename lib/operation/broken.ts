// Instances that something of ours failed at. They count towards the limits until they are known to be gone.

import type {CrcacheError} from '../errors.js';
import {readFacts, writeFacts} from '../store/record.js';
import type {WorkedPlace} from '../store/place.js';
import type {SourceState} from '../store/source-state.js';

/** What was being done when it broke. What broke at discarding is discarded again by gc, but for what its hooks save. */
export type During = 'release' | 'discard' | 'discard hook';

export interface Breakage {
  readonly during: During;
  readonly error: CrcacheError;
}

/** Sets an instance aside, with the reason in its directory. */
export function toBroken(state: SourceState, place: WorkedPlace, {during, error}: Breakage): void {
  const {instance} = place;
  const {message} = error;
  writeFacts(`${state.instancePath(instance)}/problem`, {during, message});
  state.move(place, {instance, state: 'broken'}, message);
}

/** What a broken instance broke at. */
export function problemOf(
  state: SourceState,
  instance: string,
): {during: string; message: string} | undefined {
  const facts = readFacts(`${state.instancePath(instance)}/problem`);
  const {during, message} = facts ?? {};
  return during === undefined || message === undefined ? undefined : {during, message};
}
