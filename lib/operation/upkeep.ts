// What a source's own rules make due: what nobody should get any more is discarded, and the reserve is filled.

import {readText} from '../files.js';
import {inNaturalOrder} from '../instance.js';
import type {Place} from '../store/place.js';
import {usesOf} from './allocate.js';
import {problemOf} from './broken.js';
import {isRemembered, type Cache, type Source} from './cache.js';
import {discardAt} from './discard.js';
import {Foresight} from './foresight.js';
import {ageLeftMs, whyUnkept} from './fitness.js';
import {readInstance, type Instance} from './instance.js';
import {countKept, keptAtMost} from './kept.js';
import {limitsOf} from './limits.js';
import {provisionMissing} from './provision.js';
import {anything, backable, type Foreseen} from './situation.js';
import type {Due} from './tidy.js';
import {surplusBySource, type IsSurplus} from './surplus.js';
import {tolerate} from './tolerate.js';

/** Cached instances that nobody should get any more, or that are more than the source may have, or keeps. */
export function unkept(cache: Cache, source: Source, inUse?: number): Due[] {
  return outlooks(cache, source, inUse)
    .filter(({leftMs}) => leftMs <= 0)
    .map(({place, why}) => ({
      what: `discard '${place.instance}': ${why}`,
      source: source.name,
      run: () => discardAt(cache, source, {place, why}),
      ends: () => [place.instance],
    }));
}

/** Why a cached instance is to be discarded, and how long it has until then: perhaps for ever. */
interface Outlook {
  readonly place: Place;
  readonly why: string;
  readonly leftMs: number;
}

/**
 * What is to become of each cached instance that can be read; of those above the reserve the last ones go first.
 * Who has counted those in use need not have them counted again.
 */
export function outlooks(cache: Cache, source: Source, inUse?: number): Outlook[] {
  const {state} = source;
  const cached = inNaturalOrder(state.placesIn('cached'), ({instance}) => instance);
  if (cached.length === 0) return [];
  const {minimum, places} = limitsOf(cache, source);
  // Where a configuration is wrong, nobody knows how many it is to keep.
  const isLimited = places === undefined && source.problem === undefined;
  const mayBeMore = isLimited && keptAtMost(state, inUse) > minimum;
  let excess = mayBeMore ? countKept(state) - minimum : 0;
  const isSurplus = surplusBySource(cache);
  return cached.reverse().flatMap((place): Outlook[] => {
    const outlook = tolerate(cache, `instance '${place.instance}'`, () =>
      outlookOf(cache, readInstance(cache, source, place.instance), {
        isMore: excess > 0,
        isSurplus,
      }),
    );
    if (outlook === undefined) return [];
    if (outlook.leftMs <= 0) excess--;
    return [{place, ...outlook}];
  });
}

function outlookOf(
  cache: Cache,
  instance: Instance,
  {isMore, isSurplus}: {isMore: boolean; isSurplus: IsSurplus},
): Omit<Outlook, 'place'> {
  const why = whyUnkept(cache, instance, isSurplus);
  if (why !== undefined) return {why, leftMs: 0};
  const ageLeft = {why: 'max-age is reached', leftMs: ageLeftMs(instance)};
  const idleLeft = {why: 'the source holds more than it keeps', leftMs: idleLeftMs(instance)};
  return isMore && idleLeft.leftMs < ageLeft.leftMs ? idleLeft : ageLeft;
}

/** A warmed instance waits this long for its first user, unless its source says how long. */
const unusedIdleMs = 3_600_000;

/** For how much longer an instance above the reserve may wait for a user. */
function idleLeftMs({source, facts: {directory}}: Instance): number {
  const patienceMs = source.settings.idle ?? (usesOf(directory) === 0 ? unusedIdleMs : 0);
  const used = readText(`${directory}/used`) ?? readText(`${directory}/created`) ?? '';
  const idleMs = source.state.around.now().getTime() - Date.parse(used.trim());
  return Number.isNaN(idleMs) ? 0 : patienceMs - idleMs;
}

/** Instances that could not be destroyed: it is tried again. */
export function brokenBefore(cache: Cache, source: Source): Due[] {
  const {state, name} = source;
  return state.placesIn('broken').flatMap((place): Due[] => {
    const problem = tolerate(cache, `instance '${place.instance}'`, () =>
      problemOf(state, place.instance),
    );
    if (problem?.during !== 'discard') return [];
    const why = 'it could not be discarded before';
    return [
      {
        what: `discard '${place.instance}': ${why}`,
        source: name,
        run: () => discardAt(cache, source, {place, why}),
        ends: () => [place.instance],
      },
    ];
  });
}

/** What the reserve lacks, as far as it can be had; with a foresight, as it would be when all else has been done. */
export function missingFromReserve(
  cache: Cache,
  source: Source,
  foresight = new Foresight(cache),
): Due[] {
  const {state, settings, name} = source;
  if (settings.reserve === 0 || isRemembered(source) || state.isDrained) return [];
  const {maximum} = limitsOf(cache, source);
  const reserve = Math.min(settings.reserve, maximum);
  // What is broken takes a place that nothing else can have.
  const missing = (): number => {
    const kept = countKept(state) + foresight.keptOf(source);
    const room = maximum - state.takenSlots().size - foresight.of(source).existing;
    const foreseen = (below: Source): Foreseen => foresight.of(below);
    return Math.min(reserve - kept, room, backable(cache, source, {...anything, foreseen}));
  };
  const count = missing();
  if (count <= 0) return [];
  const why = `its reserve is ${String(reserve)}`;
  return [
    {
      what: `provision ${String(count)} of '${name}': ${why}`,
      source: name,
      run: () => provisionMissing(cache, source, {why, missing}),
      makes: {of: source, count},
    },
  ];
}
