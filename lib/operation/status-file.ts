// How a command ended, for whoever cannot tell that from an exit status alone: KEY=VALUE lines in a file.
//
// A new file is there whole or not at all, with the mode that the caller's umask leaves. What is there already and is no
// regular file, as a pipe, a device, a symlink or a descriptor of the caller's, is written into.

import {encodeBytes} from '../bytes.js';
import {CrcacheError, isFromSystem, reasonOf} from '../errors.js';
import {entryOf, removeFile, renameIfThere, statOf} from '../files.js';
import {writeInto} from '../pieces.js';
import {writeAll} from '../pipes.js';
import {formatFacts} from '../store/record.js';
import {newNonce} from '../store/worker.js';

export interface Ending {
  readonly status: number;
  readonly signal?: string | undefined;
  /** `lost`: the way into the instance broke; `crcache`: what failed was ours. */
  readonly why: 'exited' | 'signalled' | 'timeout' | 'lost' | 'crcache';
}

export interface StatusFile {
  readonly path: string;
  /** The caller's. */
  readonly umask: number;
}

/** Takes away what an earlier command has left: until this one has ended nothing tells of an end. */
export function clearStatusFile({path, umask}: StatusFile): void {
  if (descriptorOf(path) !== undefined || statOf(path)?.isFile() !== true) return;
  orCannot(path, () => {
    if (entryOf(path)?.isFile() !== true || !mayRemove(path)) writeInto(path, '', modeFor(umask));
  });
}

/** Writes how a command ended. */
export function writeStatusFile({path, umask}: StatusFile, {status, signal, why}: Ending): void {
  const facts = {status: String(status), ...(signal === undefined ? {} : {signal}), why};
  const text = formatFacts(facts);
  const descriptor = descriptorOf(path);
  orCannot(path, () => {
    if (descriptor !== undefined) writeAll(descriptor, encodeBytes(text));
    else if (entryOf(path) !== undefined) writeInto(path, text, modeFor(umask));
    else writeNew(path, text, modeFor(umask));
  });
}

/** The descriptor that a path is a name of: opened by it, a file would lose what has been written there before. */
function descriptorOf(path: string): number | undefined {
  const names = ['/dev/stdin', '/dev/stdout', '/dev/stderr'];
  if (names.includes(path)) return names.indexOf(path);
  const [, number] = /^\/(?:dev|proc\/self)\/fd\/([0-9]+)$/.exec(path) ?? [];
  return number === undefined ? undefined : Number(number);
}

function modeFor(umask: number): number {
  return 0o666 & ~umask;
}

/** Removes a file; false where its directory does not let us. */
function mayRemove(path: string): boolean {
  try {
    removeFile(path);
    return true;
  } catch (error) {
    if (!isFromSystem(error)) throw error;
    return false;
  }
}

function writeNew(path: string, text: string, mode: number): void {
  const temporary = `${path}.${newNonce()}.new`;
  try {
    writeInto(temporary, text, mode);
    renameIfThere(temporary, path);
  } catch (error) {
    removeFile(temporary);
    throw error;
  }
}

function orCannot(path: string, act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!isFromSystem(error)) throw error;
    throw new CrcacheError('failed', `cannot write the status file '${path}': ${reasonOf(error)}`);
  }
}
