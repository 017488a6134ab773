// How a container goes.
//
// A daemon goes on with what a client has asked for that was killed. What that one wanted removed it refuses to remove twice,
// and where it fails to, it is to be asked again. What that one wanted made is there a little later: until then only its name
// is taken.

import {CrcacheError} from '../../errors.js';
import {clockMs, pauseAfter} from '../../time.js';
import {idOf} from '../ids.js';
import {askEngine, tellEngine, timeoutMs, type Engine} from './engine.js';
import {fileOf} from './holding.js';
import {imageOf} from './image.js';
import {notedIn} from '../holder.js';
import type {ContainerInstance} from './keys.js';
import {endMonitors} from './monitors.js';

/** Removes the container; one that is gone already is fine. */
export async function removeContainer(instance: ContainerInstance, engine: Engine): Promise<void> {
  // Else its run may have been killed.
  const isKnown = notedIn(fileOf(instance)) !== undefined;
  const hasDaemon = engine === 'docker';
  const start = clockMs();
  for (;;) {
    const removal = await askToRemove(instance, engine);
    if (removal === 'removed') break;
    if (removal === 'none' && (isKnown || !hasDaemon || (await isFree(instance, engine)))) break;
    const elapsedMs = clockMs() - start;
    if (elapsedMs > timeoutMs)
      throw new CrcacheError('failed', `others remove or make container '${idOf(instance)}'`);
    await pauseAfter(elapsedMs);
  }
  if (!hasDaemon && !isKnown) await endMonitors(instance);
}

/** What has become of it; `busy`: others are at it. */
async function askToRemove(
  instance: ContainerInstance,
  engine: Engine,
): Promise<'removed' | 'none' | 'busy'> {
  const id = idOf(instance);
  const {stdout, stderr} = await askEngine(instance, engine, ['rm', '--force', '--volumes', id]);
  if (stdout.trim() === id) return 'removed'; // it says what it has removed
  // A run that was killed may have left it in podman's storage only: that is external, and no filter is for those of others.
  const all = engine === 'podman' ? ['--all', '--external'] : ['--all'];
  const words = ['ps', ...all, '--filter', `name=^${id}$`, '--format', '{{.Names}}'];
  if (!(await tellEngine(instance, engine, words)).split(/[\n,]/).includes(id)) return 'none';
  if (othersAreAtIt.test(stderr)) return 'busy';
  throw new CrcacheError('failed', `cannot remove container '${id}': ${stderr.trim()}`);
}

/** What is said of a container that is there all the same. */
const othersAreAtIt = /removal of container .* is already in progress|no such container/i;

/** Whether its name is not taken: it takes that itself, for the next removal, where there is an image to do so. */
async function isFree(instance: ContainerInstance, engine: Engine): Promise<boolean> {
  const {status, stderr} = await askEngine(instance, engine, [
    ...['create', '--name', idOf(instance), '--label', `crcache.store=${instance.storeId}`],
    ...['--pull', 'never', '--network', 'none', imageOf(instance), 'true'],
  ]);
  return status !== 0 && !stderr.includes('is already in use');
}
