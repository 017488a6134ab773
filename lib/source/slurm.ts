// Nodes of a cluster that Slurm keeps: an instance is an allocation, and a command is a step of it on its first node.
// Its name is its id, by which it is found again. Whoever makes one may have to wait in Slurm's queue.

import {CrcacheError} from '../errors.js';
import {farEndLine, farMarkOf} from './far-script.js';
import {listedIn, idOf} from './ids.js';
import {endLocalProcesses} from './local-processes.js';
import {allocate, cancel, livingStates} from './slurm/allocation.js';
import {silence, tellSlurm} from './slurm/ask.js';
import {keys, type SlurmInstance} from './slurm/keys.js';
import {answers, tellNode} from './slurm/node.js';
import {hasSame, linkAll, unlinkAll} from './slurm/shared.js';
import {nodeOf, slurmScript} from './slurm/way.js';
import {defineType} from './source.js';

export const slurm = defineType<typeof keys>({
  name: 'slurm',
  summary: 'nodes of a cluster that Slurm allocates',
  keys,
  needs: [['salloc'], ['srun']],
  obstacle: silence,
  capabilities: () => ({
    isolation: 'none',
    sharesFiles: false,
    reset: false,
    survivesReboot: true,
    imports: 'bind',
    root: 'caller',
    network: 'own',
    reboot: false,
    park: false,
  }),
  hasQueue: true,
  machineOf: nodeOf,
  identify: (instance) => ({id: idOf(instance)}),
  make: (instance, patience) => allocate(instance, patience),
  runScript: slurmScript,
  probe: ({handle}) => Promise.resolve(Number(handle['cores'])),
  check: answers,
  checkpoint: () => Promise.resolve(),
  endAll,
  canBind: hasSame,
  bind: linkAll,
  unbind: unlinkAll,
  reset: () => Promise.resolve(),
  async discard(instance) {
    await endLocalProcesses(instance);
    await cancel(instance);
  },
  async list(source) {
    const ours = ['--noheader', '--me', `--states=${livingStates}`, '--format=%j'];
    const names = await tellSlurm(source, 'squeue', ours);
    return names.split('\n').flatMap((line) => listedIn(line, source));
  },
});

/** Ends all that runs in it; where the allocation is gone, Slurm has done so. */
async function endAll(instance: SlurmInstance): Promise<void> {
  await endLocalProcesses(instance);
  if (instance.handle['job'] === undefined) return; // it was never made
  try {
    await tellNode(instance, farEndLine(farMarkOf(instance)), {mayRepeat: true});
  } catch (error) {
    if (!(error instanceof CrcacheError)) throw error;
    throw new CrcacheError(
      error.kind,
      `cannot end what runs in '${instance.name}': ${error.message}`,
      error.hint,
    );
  }
}
