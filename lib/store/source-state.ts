// The state of one source: where its instances are, and how they get from one state to another.
//
// The state of an instance is the directory that its symlink is in; a transition is one rename of that symlink.
// Whoever wins the rename has the instance. Nothing here takes the lock, and nothing here waits.

import {CrcacheError, describeErrno, hasCode} from '../errors.js';
import {
  entryOf,
  exists,
  flushDirectory,
  isDirectory,
  listNames,
  makeDirectory,
  removeFile,
  renameIfThere,
  writeWhole,
} from '../files.js';
import {
  instanceName,
  isSlot,
  parseInstanceName,
  states,
  type State,
  restingStates,
  workedStates,
} from '../instance.js';
import type {Step} from '../steps.js';
import {formatTime} from '../time.js';
import type {Trace} from '../trace.js';
import {writeLog, type LogEntry} from './log.js';
import {isWorkedPlace, linkOf, placeOf, type Place} from './place.js';
import {readRecord} from './record.js';
import {checkRecordedOnce, recordedTwice} from './recorded-twice.js';
import {isNonce, type Workshop} from './worker.js';

/** What a store gives to each of its sources. */
export interface Surroundings {
  readonly workshop: Workshop;
  readonly step: Step;
  readonly trace: Trace;
  readonly now: () => Date;
  /** Gets each change that this process makes. */
  readonly onChange?: ((change: Change) => void) | undefined;
}

/** An instance has left a state and entered another; what the log has of it. */
export interface Change extends LogEntry {
  readonly from?: State;
  readonly to?: State;
}

/** Directories of a source beside those of the states. */
export const otherDirectories = ['instances', 'queue', 'configs', 'failed', 'trash'] as const;

export class SourceState {
  readonly source: string;
  readonly directory: string;
  readonly around: Surroundings;

  constructor(source: string, directory: string, around: Surroundings) {
    this.source = source;
    this.directory = directory;
    this.around = around;
  }

  /** Makes the directories that are missing; to be called before anything is written. */
  ensure(): void {
    for (const name of [...states, ...otherDirectories]) this.#makeAnew(name);
  }

  /** Makes a directory that is missing; false where it is there. */
  #makeAnew(name: string): boolean {
    const directory = `${this.directory}/${name}`;
    if (isDirectory(directory)) return false;
    // Another process may make it at this moment.
    if (exists(directory) && !isDirectory(directory)) {
      throw new CrcacheError('damaged', `'${directory}' is no directory`, 'crcache fsck');
    }
    makeDirectory(directory);
    return true;
  }

  get exists(): boolean {
    return exists(`${this.directory}/instances`);
  }

  /** The configuration root that defined the source; undefined where it never had an instance. */
  readOrigin(): string | undefined {
    return readRecord(`${this.directory}/origin`)?.trimEnd();
  }

  writeOrigin(root: string): void {
    writeWhole(`${this.directory}/origin`, `${root}\n`);
  }

  /** Whether nothing new is to be given out or made. */
  get isDrained(): boolean {
    return exists(`${this.directory}/drained`);
  }

  setDrained(isDrained: boolean): void {
    if (isDrained) writeWhole(`${this.directory}/drained`, '');
    else removeFile(`${this.directory}/drained`);
  }

  instancePath(instance: string): string {
    return `${this.directory}/instances/${instance}`;
  }

  /** The places in one state's directory; a name that is not one of ours is passed over (fsck tells of it). */
  placesIn(state: State): Place[] {
    return this.listIn(state).places;
  }

  /** What is in one state's directory: places, and names that are none of ours. */
  listIn(state: State): {places: Place[]; strays: string[]} {
    const places: Place[] = [];
    const strays: string[] = [];
    for (const name of listNames(`${this.directory}/${state}`)) {
      const place = placeOf(state, name);
      if (place !== undefined && this.isOwn(place.instance)) places.push(place);
      else strays.push(name);
    }
    return {places, strays};
  }

  private isOwn(instance: string): boolean {
    const {length} = this.source;
    return (
      instance.startsWith(this.source) &&
      instance[length] === '-' &&
      isSlot(instance.slice(length + 1))
    );
  }

  /** The places in all states. One instance's may be missed, or seen twice, while it moves. */
  allPlaces(): Place[] {
    return states.flatMap((state) => this.placesIn(state));
  }

  /** How many instances there are, by state; one that moves meanwhile may be missed, or counted twice. */
  count(...of: readonly State[]): number {
    return (of.length === 0 ? states : of).reduce(
      (total, state) => total + listNames(`${this.directory}/${state}`).length,
      0,
    );
  }

  /** How many records of instances there are: no fewer than instances, in whatever state. */
  countRecords(): number {
    return listNames(`${this.directory}/instances`).length;
  }

  /** Where an instance is. An instance that exists is looked for again: it may move during the search. */
  find(instance: string): Place | undefined {
    for (let attempt = 0; attempt < 5; attempt++) {
      const place = this.findOnce(instance);
      if (place !== undefined || !exists(this.instancePath(instance))) return place;
    }
    return undefined;
  }

  /** States that rest are asked by the instance's name; those that take time are few, and listed. */
  private findOnce(instance: string): Place | undefined {
    const resting = restingStates.find((state) => exists(`${this.directory}/${state}/${instance}`));
    if (resting !== undefined) return {instance, state: resting};
    const worked = workedStates.flatMap((state) => this.placesIn(state));
    return worked.find((place) => place.instance === instance);
  }

  /** Which making of an instance this is; undefined where there is no such instance. */
  incarnation(instance: string): string | undefined {
    return readRecord(`${this.instancePath(instance)}/incarnation`)?.trim();
  }

  /** Whether it is certain that no record is of this making of an instance: one that cannot be read may be. */
  isGone(instance: string, incarnation: string): boolean {
    const known = this.incarnation(instance) ?? '';
    if (known === incarnation) return false;
    return isNonce(known) || !exists(this.instancePath(instance));
  }

  /** Slots that are taken, by an instance, by one that is on its way in or out, or by what no symlink leads to. */
  takenSlots(): ReadonlySet<number> {
    const places = this.allPlaces();
    const names = [...places.map(({instance}) => instance), ...this.strayNames(places)];
    return new Set(names.flatMap((name) => parseInstanceName(name)?.slot ?? []));
  }

  /** What is in the way of an instance and is none, but for empty directories: these can be claimed. */
  strayNames(places: readonly Place[]): string[] {
    const known = new Set(places.map(({instance}) => instance));
    const isFree = (name: string): boolean =>
      entryOf(this.instancePath(name))?.isDirectory() === true &&
      listNames(this.instancePath(name)).length === 0;
    return listNames(`${this.directory}/instances`).filter(
      (name) => !known.has(name) && !isFree(name),
    );
  }

  /** The lowest free slots, none beyond the maximum: also where the lock was broken, no limit is passed. */
  freeSlots(count: number, maximum: number): string[] {
    const taken = this.takenSlots();
    const free: string[] = [];
    for (let slot = 0; free.length < count && slot < maximum; slot++) {
      if (!taken.has(slot)) free.push(instanceName(this.source, slot));
    }
    return free;
  }

  /** Moves an instance from one place to another; false if somebody else was faster. */
  move(from: Place, to: Place, why: string): boolean {
    const source = `${this.directory}/${linkOf(from)}`;
    const target = `${this.directory}/${linkOf(to)}`;
    if (!isWorkedPlace(to) && exists(target)) throw recordedTwice(this.directory, from, to);
    if (!isWorkedPlace(from)) checkRecordedOnce(this, from);
    let isDone = renameIfThere(source, target);
    if (!isDone && exists(source) && this.#makeAnew(to.state))
      isDone = renameIfThere(source, target);
    // A network file system may repeat a rename that was done, and say that there is nothing of the old name.
    if (!isDone && !(isWorkedPlace(to) && exists(target))) return false;
    this.note({instance: from.instance, from: from.state, to: to.state, why});
    return true;
  }

  /** Makes the entries of these states survive a power cut. */
  flush(...changed: readonly State[]): void {
    for (const state of changed) flushDirectory(`${this.directory}/${state}`);
  }

  /** Adds a line to the log. */
  note(entry: Pick<Change, 'instance' | 'from' | 'to' | 'why'>): void {
    const {now, workshop, trace, onChange} = this.around;
    const by = `${String(workshop.self.pid)}@${workshop.self.host}`;
    const change = {time: formatTime(now()), by, ...entry};
    try {
      writeLog(this.directory, change);
    } catch (error) {
      // The transition is done: whoever did it must not take it for failed because the disk is full.
      if (!hasCode(error, 'ENOSPC', 'EDQUOT')) throw error;
      trace(describeErrno(error));
    }
    trace(
      `${entry.instance}: ${entry.from ?? 'nothing'} -> ${entry.to ?? 'nothing'}: ${entry.why}`,
    );
    onChange?.(change);
  }
}
