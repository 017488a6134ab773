// Hosts that did not answer lately, marked for all who share the state directory: they are tried last. A mark says since
// when, and was written at the last time.

import {changedAt, makeDirectory, readText, removeFile, writeWhole} from '../../files.js';
import {formatTime} from '../../time.js';
import type {InstanceFacts} from '../source.js';

type Instance = Pick<InstanceFacts, 'surroundings'>;

/** For so long after it did not answer. */
const silentMs = 600_000;

export function isSilent(instance: Instance, host: string): boolean {
  const since = changedAt(markOf(instance, host))?.getTime();
  return since !== undefined && Math.abs(Date.now() - since) < silentMs;
}

export function markSilent(instance: Instance, host: string): void {
  makeDirectory(directoryOf(instance));
  writeWhole(markOf(instance, host), `${silentSince(instance, host) ?? formatTime(new Date())}\n`);
}

/** Since when a host has not answered, as far as anybody has asked it. */
export function silentSince(instance: Instance, host: string): string | undefined {
  return readText(markOf(instance, host))?.trim();
}

export function markAnswering(instance: Instance, host: string): void {
  if (changedAt(markOf(instance, host)) !== undefined) removeFile(markOf(instance, host));
}

function markOf(instance: Instance, host: string): string {
  return `${directoryOf(instance)}/${host.replaceAll('/', '_')}`;
}

function directoryOf({surroundings}: Instance): string {
  return `${surroundings.stateDirectory}/ssh/silent`;
}
