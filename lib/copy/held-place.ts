// What a path means to cp as the place for files, in a tree that is somebody else's.

import fs from 'node:fs';
import {encodeBytes} from '../bytes.js';
import {closeEnd} from '../pipes.js';
import {holdDirectory, holdIfThere, pathIn, unlessFails} from './held.js';
import {sweepHeld} from './remove-held.js';

export interface PlaceWish {
  readonly path: string;
  /** The one name that arrives, '.' for what is in a directory, undefined where several do. */
  readonly name: string | undefined;
  /** It is a new directory, for its owner alone. */
  readonly isNew: boolean;
}

export interface HeldPlace extends Pick<PlaceWish, 'name'> {
  /** The directory that files come into, or in which the only one of them gets a name. */
  readonly directory: number;
  readonly exact?: Buffer;
  /** There is a slash behind that name, as directories have it. */
  readonly hasSlash?: boolean;
  /** Where that directory was made for them. */
  readonly made?: Target;
}

/** A name in a directory that is held. */
export interface Target {
  readonly directory: number;
  readonly name: Buffer;
}

/**
 * The place, which its caller closes; undefined where there is anything unusual about it. `holdAt` holds the directory that a
 * path leads to. What copies have left there that were killed is removed.
 */
export function holdPlace(
  wish: PlaceWish,
  holdAt: (path: string) => number | undefined,
): HeldPlace | undefined {
  const place = unlessFails(() => findPlace(wish, holdAt));
  if (place !== undefined) {
    unlessFails(() => {
      sweepHeld(place.directory);
    });
  }
  return place;
}

export function closePlace({directory, made}: HeldPlace): void {
  closeEnd(directory);
  if (made !== undefined) closeEnd(made.directory);
}

/** Removes the directory that was made for files, none of which is there. */
export function dropPlace({made}: HeldPlace): void {
  if (made === undefined) return;
  unlessFails(() => {
    fs.rmdirSync(pathIn(made.directory, made.name));
  });
}

function findPlace(
  wish: PlaceWish,
  holdAt: (path: string) => number | undefined,
): HeldPlace | undefined {
  const {path, name} = wish;
  if (!path.startsWith('/')) return undefined;
  const trimmed = path.replace(/\/+$/, '');
  const cut = trimmed.lastIndexOf('/') + 1;
  const last = trimmed.slice(cut);
  if (['', '.', '..'].includes(last)) {
    const directory = holdAt(`${trimmed}/`);
    return directory === undefined ? undefined : {directory, name};
  }
  const above = holdAt(trimmed.slice(0, cut));
  if (above === undefined) return undefined;
  const place = unlessFails(() => findIn({directory: above, name: encodeBytes(last)}, wish));
  if (place?.directory !== above && place?.made === undefined) closeEnd(above);
  return place;
}

function findIn(target: Target, {path, name, isNew}: PlaceWish): HeldPlace | undefined {
  const {directory, name: last} = target;
  if (isNew) {
    fs.mkdirSync(pathIn(directory, last), 0o700);
    return {directory: holdDirectory(directory, last), name, made: target};
  }
  const hasSlash = path.endsWith('/');
  const exact: HeldPlace = {directory, exact: last, hasSlash, name};
  const existing = holdIfThere(directory, last);
  if (existing === undefined) return name === undefined ? undefined : exact;
  const state = fs.fstatSync(existing);
  if (state.isDirectory()) return {directory: existing, name};
  closeEnd(existing);
  const isOverFile = state.isFile() && name !== undefined && name !== '.' && !hasSlash;
  return isOverFile ? exact : undefined;
}
