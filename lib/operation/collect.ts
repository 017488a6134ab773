// gc: all that is due, in all sources. Every part of it is safe beside any other command.

import {
  listNames,
  readText,
  removeFile,
  removeHalfWritten,
  removeTree,
  writeOnce,
} from '../files.js';
import {compareInstanceNames} from '../instance.js';
import {freeLock} from '../store/lock.js';
import {rotateLog} from '../store/log.js';
import {emptyOldTrash} from '../store/slot.js';
import {formatWorker, parseWorker} from '../store/worker.js';
import {usesOf} from './allocate.js';
import {problemOf} from './broken.js';
import type {Cache, Source} from './cache.js';
import {openSource} from './open-source.js';
import {discardAt} from './discard.js';
import {readInstance} from './instance.js';
import {limitsOf} from './limits.js';
import {orphans} from './orphans.js';
import {provisionMore} from './provision.js';
import {whyUnkept} from './release.js';
import {countInstances} from './situation.js';
import {dropSnapshots} from './snapshot.js';
import {endStreams} from './stream/end-streams.js';
import {deadSessions} from './stream/session.js';
import {attempt, whatIsDue, type Due} from './tidy.js';

/** How many hook logs of instances that are gone are kept, and for how long. */
const failedAtMost = 100;

export interface CollectRequest {
  readonly isDryRun: boolean;
  /** Only this source, and those that its instances stand on. */
  readonly source?: string | undefined;
}

/** Does all that is due, or with `isDryRun` only says what; the lines of what was done. */
export async function collect(
  asked: Cache,
  {isDryRun, source: only}: CollectRequest,
): Promise<string[]> {
  const cache = asked.byOrigin();
  const lines = isDryRun || only !== undefined ? [] : await endDeadStreams(cache);
  const names = only === undefined ? cache.sourceNames() : namesFrom(cache, cache.source(only));
  for (const source of topDown(cache, names)) {
    if (!isDryRun) await openSource(cache, source);
    for (const phase of phases) {
      for (const due of await phase(cache, source)) {
        if (isDryRun || (await attempt(cache, due))) lines.push(due.what);
      }
    }
    if (!isDryRun) await sweep(source);
    if (source.isUnconfigured) tellWhatHolds(cache, source);
  }
  return lines;
}

/** All instances of such streams are ended side by side: somebody waits to see them gone. */
async function endDeadStreams(cache: Cache): Promise<string[]> {
  const lines: string[] = [];
  for (const session of deadSessions(cache)) {
    const what = `end the streams of process ${String(session.owner.pid)}, which is gone`;
    const run = (): Promise<unknown> => endStreams(cache, session);
    if (await attempt(cache, {what, source: '', run})) lines.push(what);
  }
  return lines;
}

/** A source without a configuration goes with its last instance: what gc leaves is for somebody to end. */
function tellWhatHolds({say}: Cache, {name, state}: Source): void {
  const left = [...new Set(state.allPlaces().map(({instance}) => instance))];
  if (left.length === 0) return;
  say(
    `source '${name}' is not configured any more, and goes with its last instance: ${left.join(', ')}`,
  );
  say(
    `hint: crcache release ${left.join(' ')}, or crcache discard-instance --force -s ${name} --all`,
  );
}

/** The same, unless another does it already. */
export async function collectAlone(cache: Cache): Promise<string[]> {
  const {workshop} = cache.around;
  const path = `${cache.store.directory}/gc`;
  const other = parseWorker(readText(path)?.trim() ?? '');
  if (other !== undefined && workshop.fateOf(other) !== 'dead') return [];
  removeFile(path);
  if (!writeOnce(path, `${formatWorker(workshop.newWorker())}\n`)) return [];
  try {
    return await collect(cache, {isDryRun: false});
  } finally {
    removeFile(path);
  }
}

/** One after the other, since what one does may be what the next would have found. */
const phases: readonly ((cache: Cache, source: Source) => Due[] | Promise<Due[]>)[] = [
  whatIsDue,
  unkept,
  brokenBefore,
  orphans,
  missingFromReserve,
];

/** A source and all that its instances may stand on, each once. */
function namesFrom(cache: Cache, source: Source): string[] {
  const below = cache.sourcesBelow(source).flatMap((each) => namesFrom(cache, each));
  return [...new Set([source.name, ...below])];
}

/** The sources, those that stand on others first: what they let go of is then seen below. */
function topDown(cache: Cache, names: readonly string[]): Source[] {
  const sources = names.flatMap((name) => cache.findSource(name) ?? []);
  const depth = (source: Source): number =>
    1 + Math.max(0, ...cache.sourcesBelow(source).map(depth));
  return sources
    .map((source) => ({source, depth: depth(source)}))
    .sort((a, b) => b.depth - a.depth)
    .map(({source}) => source);
}

/** Cached instances that nobody should get any more, or that are more than the source keeps. */
function unkept(cache: Cache, source: Source): Due[] {
  const {state, name} = source;
  const {minimum, places} = limitsOf(cache, source);
  const cached = state
    .placesIn('cached')
    .sort((a, b) => compareInstanceNames(a.instance, b.instance));
  let excess = countInstances(state.allPlaces()) - minimum;
  return cached.reverse().flatMap((place): Due[] => {
    const instance = readInstance(cache, source, place.instance);
    const isExcess =
      excess > 0 && places === undefined && hasIdled(source, instance.facts.directory);
    const why =
      whyUnkept(instance) ?? (isExcess ? 'the source holds more than it keeps' : undefined);
    if (why === undefined) return [];
    excess--;
    return [
      {
        what: `discard '${place.instance}': ${why}`,
        source: name,
        run: () => discardAt(cache, source, {place, why}),
      },
    ];
  });
}

/** A warmed instance waits this long for its first user, unless its source says how long. */
const unusedIdleMs = 3_600_000;

/** Whether an instance above the reserve has waited for a user for as long as the source lets it. */
function hasIdled({settings, state}: Source, directory: string): boolean {
  const patienceMs = settings.idle ?? (usesOf(directory) === 0 ? unusedIdleMs : 0);
  const used = readText(`${directory}/used`) ?? readText(`${directory}/created`) ?? '';
  const idleMs = state.around.now().getTime() - Date.parse(used.trim());
  return !(idleMs < patienceMs);
}

/** Instances that could not be destroyed or reset: it is tried again. */
function brokenBefore(cache: Cache, source: Source): Due[] {
  const {state, name} = source;
  return state.placesIn('broken').flatMap((place): Due[] => {
    if (problemOf(state, place.instance)?.during !== 'discard') return [];
    const why = 'it could not be discarded before';
    return [
      {
        what: `discard '${place.instance}': ${why}`,
        source: name,
        run: () => discardAt(cache, source, {place, why}),
      },
    ];
  });
}

function missingFromReserve(cache: Cache, source: Source): Due[] {
  const {state, settings, name} = source;
  if (source.isUnconfigured || state.isDrained) return [];
  const reserve = Math.min(settings.reserve, limitsOf(cache, source).maximum);
  const missing = reserve - countInstances(state.allPlaces());
  if (missing <= 0) return [];
  const why = `its reserve is ${String(reserve)}`;
  return [
    {
      what: `provision ${String(missing)} of '${name}': ${why}`,
      source: name,
      run: () =>
        provisionMore(cache, source, {
          why,
          missing: () => reserve - countInstances(state.allPlaces()),
        }),
    },
  ];
}

/** Removes what only takes up room. */
async function sweep(source: Source): Promise<void> {
  const {state, name} = source;
  await freeLock({source: name, directory: state.directory, ...state.around});
  await dropSnapshots(source);
  emptyOldTrash(state);
  rotateLog(state.directory);
  for (const directory of [state.directory, `${state.directory}/queue`])
    removeHalfWritten(directory);
  const failed = `${state.directory}/failed`;
  const old = listNames(failed).sort().slice(0, -failedAtMost);
  for (const name of old) removeTree(`${failed}/${name}`);
}
