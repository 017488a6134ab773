// Whether something is due, cheaply; and gc in the background where it is.

import {startInBackground} from '../exec.js';
import {workedStates} from '../instance.js';
import {readLease} from '../store/lease.js';
import {isWorkedPlace, type Place} from '../store/place.js';
import {deadTickets} from '../store/queue.js';
import type {Cache, Source} from './cache.js';
import {whyOver} from './tidy.js';
import {tolerate} from './tolerate.js';

/** Of more instances than this the leases are left to the gc of a timer, or to whoever finds none free. */
const leasesReadAtMost = 50;

/** Starts `gc --auto` where something is due in a source or in those right below. It holds none of our streams. */
export async function startCollecting(cache: Cache, source: Source): Promise<void> {
  const sources = [source, ...cache.sourcesBelow(source)];
  const due = sources.find((each) => isDue(cache, each));
  if (due === undefined) return;
  cache.around.trace(`something is due in '${due.name}': gc --auto`);
  const {program, env} = cache.caller;
  await startInBackground([...program, 'gc', '--auto'], {env, cwd: '/'});
}

function isDue(cache: Cache, source: Source): boolean {
  const {state, settings} = source;
  const {workshop} = state.around;
  const worked = workedStates.flatMap((each) => state.placesIn(each)).filter(isWorkedPlace);
  if (worked.some(({worker}) => workshop.fateOf(worker) === 'dead')) return true;
  const {reserve} = settings;
  if (!source.isUnconfigured && reserve > 0 && state.count() < reserve) return true;
  if (deadTickets(state).length > 0) return true;
  const inUse = state.placesIn('in-use');
  if (inUse.length > leasesReadAtMost) return false;
  const why = ({instance}: Place): string | undefined => {
    const lease = readLease(state.instancePath(instance));
    return lease === undefined ? undefined : whyOver(cache, instance, lease);
  };
  return inUse.some((place) => tolerate(cache, place.instance, () => why(place)) !== undefined);
}
