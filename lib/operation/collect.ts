// gc: all that is due, in all sources. Every part of it is safe beside any other command.

import {CrcacheError} from '../errors.js';
import {entryOf, listNames, readText, removeFile, removeHalfWritten, writeOnce} from '../files.js';
import type {Fate} from '../processes.js';
import {removeAbandonedScratch} from '../scratch.js';
import {removeDeadNotes} from '../source/local-processes.js';
import {removeTree} from '../trees.js';
import {ageMs} from '../time.js';
import {freeLock} from '../store/lock.js';
import {leaseIfReadable} from '../store/lease.js';
import {rotateLog} from '../store/log.js';
import {emptyOldTrash} from '../store/slot.js';
import {believedMs, formatWorker, parseWorker} from '../store/worker.js';
import {isRemembered, type Cache, type Source} from './cache.js';
import {Foresight} from './foresight.js';
import {openSource} from './open-source.js';
import {orphans} from './orphans.js';
import {dropSnapshots} from './snapshot.js';
import {deadSessions} from './stream/session.js';
import {strayGrounds} from './stray-grounds.js';
import {strayHooks} from './stray-hooks.js';
import {attempt, failureOf, whatIsDue, type Due} from './tidy.js';
import {brokenBefore, missingFromReserve, unkept} from './upkeep.js';

/** How many logs of hooks of instances that are gone are kept: the last ones. */
const failedAtMost = 100;

/** How many records of `run --log` each instance keeps: the last ones that have ended. */
const runsAtMost = 100;

export interface CollectRequest {
  readonly isDryRun: boolean;
  /** Only this source, and those that its instances stand on. */
  readonly source?: string | undefined;
}

export interface Collected {
  /** What was done, or would be. */
  readonly lines: string[];
  readonly failures: CrcacheError[];
}

/** Does all that is due, or with `isDryRun` only says what. */
export async function collect(
  asked: Cache,
  {isDryRun, source: only}: CollectRequest,
): Promise<Collected> {
  const cache = asked.byOrigin();
  cache.store.checkFormat();
  const collected: Collected = {lines: [], failures: []};
  if (!isDryRun && only === undefined) await endDeadStreams(cache, collected);
  const names = only === undefined ? cache.sourceNames() : namesFrom(cache, cache.source(only));
  const round = new Round(cache, {collected, isDryRun});
  const sources = topDown(cache, names, collected);
  const open: Source[] = [];
  for (const source of sources) if (await round.clear(source)) open.push(source);
  // What one source lacks may be what another one has let go of.
  for (const source of open) await round.fill(source);
  for (const source of sources) {
    if (!isDryRun) await round.part(source, () => sweep(source));
    if (isRemembered(source)) tellWhatHolds(cache, source);
  }
  if (!isDryRun) removeAbandonedScratch();
  if (only === undefined) await round.do(strayGrounds(cache));
  return collected;
}

/** What is done in each source. Whatever fails in one, or of one part, keeps nobody from the rest. */
class Round {
  readonly #cache: Cache;
  readonly #collected: Collected;
  readonly #isDryRun: boolean;
  readonly #foresight: Foresight;

  constructor(cache: Cache, {collected, isDryRun}: {collected: Collected; isDryRun: boolean}) {
    this.#cache = cache;
    this.#collected = collected;
    this.#isDryRun = isDryRun;
    this.#foresight = new Foresight(cache);
  }

  /** Does a part of it; whether that could be done. */
  part(source: Source, run: () => unknown): Promise<boolean> {
    return attempt(this.#cache, {what: `source '${source.name}'`, run}, this.#onFailure);
  }

  /** Ends what is to end; whether something can be made in the source. */
  async clear(source: Source): Promise<boolean> {
    // A full disk keeps it from being opened: what can be discarded then makes room.
    const isOpen =
      this.#isDryRun ||
      (await this.part(source, () => {
        openSource(this.#cache, source);
      }));
    for (const phase of phases) {
      await this.part(source, async () => this.do(await phase(this.#cache, source)));
    }
    return isOpen;
  }

  /** Makes what the reserve lacks. */
  async fill(source: Source): Promise<void> {
    await this.part(source, () =>
      this.do(missingFromReserve(this.#cache, source, this.#foresight)),
    );
  }

  readonly #onFailure = (failure: CrcacheError): void => {
    this.#collected.failures.push(failure);
  };

  async do(found: readonly Omit<Due, 'source'>[]): Promise<void> {
    for (const due of found) {
      if (this.#isDryRun) this.#foresight.note(due);
      else if (!(await attempt(this.#cache, due, this.#onFailure))) continue;
      this.#collected.lines.push(due.what);
    }
  }
}

/**
 * What a command that was killed has left is to be gone within two seconds: on a busy machine much of that has passed
 * when this process has come so far.
 */
const shortGraceMs = (): number => Math.max(100, 600 - ageMs());

/** All instances of such streams are ended side by side: somebody waits to see them gone. */
async function endDeadStreams(cache: Cache, collected: Collected): Promise<void> {
  const onFailure = (failure: CrcacheError): void => {
    collected.failures.push(failure);
  };
  for (const session of deadSessions(cache)) {
    const what = `end the streams of process ${String(session.owner.pid)}, which is gone`;
    const run = async (): Promise<void> => {
      const {endStreams} = await import('./stream/end-streams.js');
      await endStreams(cache, session, {graceMs: shortGraceMs()});
    };
    if (await attempt(cache, {what, run}, onFailure)) collected.lines.push(what);
  }
}

/** What gc leaves of a source without a configuration is for somebody to end, and a wrong one is for somebody to mend. */
function tellWhatHolds({say}: Cache, {name, state, problem}: Source): void {
  const left = [...new Set(state.allPlaces().map(({instance}) => instance))];
  if (left.length === 0) return;
  const names = left.join(', ');
  const howToEnd = `crcache release ${left.join(' ')}, or crcache discard-instance --force -s ${name} --all`;
  if (problem === undefined) {
    say(`source '${name}' is not configured any more, and goes with its last instance: ${names}`);
    say(`hint: ${howToEnd}`);
    return;
  }
  say(`source '${name}' keeps ${names} until its configuration is mended: ${problem.message}`);
  if (problem.hint !== undefined) say(`hint: ${problem.hint}`);
  say(`hint: or end them as they were made: ${howToEnd}`);
}

/** The same, unless another does it already. To say what is due is in nobody's way. */
export async function collectAlone(cache: Cache, request: CollectRequest): Promise<Collected> {
  if (request.isDryRun) return collect(cache, request);
  cache.store.open(); // the first of all commands may be this one
  const nothing: Collected = {lines: [], failures: []};
  const {workshop} = cache.around;
  const path = `${cache.store.directory}/gc`;
  const other = parseWorker(readText(path)?.trim() ?? '');
  if (other !== undefined && isAtIt(cache, path, workshop.fateOf(other))) return nothing;
  removeFile(path);
  if (!writeOnce(path, `${formatWorker(workshop.newWorker())}\n`)) return nothing;
  try {
    return await collect(cache, request);
  } finally {
    removeFile(path);
  }
}

/** Whether the gc that a file names is taken for being at work. To be wrong is no harm: one is safe beside another. */
function isAtIt({around}: Cache, path: string, fate: Fate): boolean {
  if (fate !== 'unknown') return fate === 'alive';
  const {mtimeMs = 0} = entryOf(path) ?? {};
  return Math.abs(around.now().getTime() - Number(mtimeMs)) < believedMs;
}

type Phase = (cache: Cache, source: Source) => Due[] | Promise<Due[]>;

/** One after the other, since what one does may be what the next would have found. */
const phases: readonly Phase[] = [whatIsDue, strayHooks, unkept, brokenBefore, orphans];

/** A source and all that its instances may stand on, each once. */
function namesFrom(cache: Cache, source: Source): string[] {
  const below = cache.sourcesBelow(source).flatMap((each) => namesFrom(cache, each));
  return [...new Set([source.name, ...below])];
}

/** The sources, those that stand on others first: what they let go of is then seen below. */
function topDown(cache: Cache, names: readonly string[], collected: Collected): Source[] {
  const find = (name: string): Source | undefined => {
    try {
      return cache.findSource(name);
    } catch (error) {
      const failure = failureOf(`source '${name}'`, error);
      // A wrong configuration is told, and no failure of gc's: nobody has asked for that source.
      if (error instanceof CrcacheError && error.kind === 'usage') cache.say(failure.message);
      else collected.failures.push(failure);
      return undefined;
    }
  };
  const sources = names.flatMap((name) => find(name) ?? []);
  const depth = (source: Source): number =>
    1 + Math.max(0, ...cache.sourcesBelow(source).map(depth));
  return sources
    .map((source) => ({source, depth: depth(source)}))
    .sort((a, b) => b.depth - a.depth)
    .map(({source}) => source);
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
  for (const path of byAge(failed).slice(failedAtMost)) removeTree(path);
  for (const {instance} of state.allPlaces()) {
    const runs = byAge(`${state.instancePath(instance)}/runs`);
    const ended = runs.filter((path) => entryOf(`${path}/ended`) !== undefined);
    for (const path of ended.slice(runsAtMost)) removeTree(path);
    if (isHeldHere(source, instance)) removeDeadNotes(state.instancePath(instance));
  }
}

/** Of another host's commands nobody here can say which still run. */
function isHeldHere({state}: Source, instance: string): boolean {
  const lease = leaseIfReadable(state.instancePath(instance));
  if (lease === undefined || lease === 'damaged') return false;
  return lease.host === state.around.workshop.here.host;
}

/** What is in a directory, the youngest first. */
function byAge(directory: string): string[] {
  const paths = listNames(directory).map((name) => `${directory}/${name}`);
  const dated = paths.map((path) => ({path, writtenMs: Number(entryOf(path)?.mtimeMs ?? 0)}));
  return dated.sort((a, b) => b.writtenMs - a.writtenMs).map(({path}) => path);
}
