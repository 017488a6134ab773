// Hosts that did not answer lately, marked for all who share the state directory: they are tried last.

import {changedAt, makeDirectory, removeFile, writeWhole} from '../../files.js';
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
  writeWhole(markOf(instance, host), '');
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
