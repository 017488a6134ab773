// A container while nobody uses it: frozen, so that it takes no cores, or stopped, so that it takes no memory either.

import {exists, removeFile, writeWhole} from '../../files.js';
import {isRunning, shutDown, start, tell} from './container.js';
import {type LxcInstance, parkedFileOf} from './keys.js';

export async function park(instance: LxcInstance): Promise<void> {
  writeWhole(parkedFileOf(instance), '');
  if (instance.settings.park === 'stop') await shutDown(instance);
  else await tell(instance, 'lxc-freeze', []);
}

export async function resume(instance: LxcInstance): Promise<void> {
  if (isStopped(instance)) await start(instance);
  else await tell(instance, 'lxc-unfreeze', []);
  removeFile(parkedFileOf(instance));
}

/** Whether it has been stopped because nobody uses it, and not by somebody else. */
export function isStopped(instance: LxcInstance): boolean {
  const {park: how} = instance.settings;
  return how === 'stop' && exists(parkedFileOf(instance)) && !isRunning(instance);
}
