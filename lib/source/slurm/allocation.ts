// Allocations: how one is made, found by its name, and given back.

import {CrcacheError} from '../../errors.js';
import {idOf} from '../ids.js';
import type {Handle} from '../source.js';
import {clockMs} from '../../time.js';
import {askSlurm, heard, lastLine, tellSlurm} from './ask.js';
import type {Slurm, SlurmInstance} from './keys.js';

/** Node's clock counts no further. */
const longestMs = 2 ** 31 - 1;

/** The states of an allocation that there is, or will be. */
export const livingStates = 'PENDING,CONFIGURING,RUNNING,SUSPENDED';

/** Makes an allocation. It waits in Slurm's queue for as long as it may; else it is had at once, or not at all. */
export async function allocate(
  instance: SlurmInstance,
  {patienceMs}: {patienceMs: number},
): Promise<Handle> {
  const {settings, surroundings} = instance;
  const words = ['--no-shell', '--wait-all-nodes=1', `--job-name=${idOf(instance)}`];
  const patience =
    patienceMs === Infinity
      ? []
      : [`--immediate=${String(Math.max(1, Math.floor(patienceMs / 1000)))}`];
  const all = [...words, ...optionsOf(settings), ...patience, ...settings.args];
  const timeoutMs = Math.min(patienceMs + settings.slurm_timeout * 1000, longestMs);
  const answer = heard('salloc', await surroundings.askTool('salloc', all, {timeoutMs}));
  if (answer.status === 0) return describe(instance);
  const why = lastLine(answer.stderr).replace('Unable to allocate resources: ', '');
  if (answer.stderr.includes('Unable to allocate resources')) {
    throw new CrcacheError('exhausted', `Slurm has no allocation for it: ${why}`);
  }
  throw new CrcacheError('failed', `'salloc': ${why}`);
}

function optionsOf({partition, time}: Slurm): string[] {
  const minutes = time === undefined ? undefined : Math.ceil(time / 60_000);
  return [
    ...(partition === undefined ? [] : [`--partition=${partition}`]),
    ...(minutes === undefined ? [] : [`--time=${String(minutes)}`]),
  ];
}

/** Its number, the first of its nodes, and the cores that it has there. */
async function describe(instance: SlurmInstance): Promise<Handle> {
  const format = '--format=%i|%C|%D|%N';
  const named = ['--noheader', `--states=${livingStates}`, `--name=${idOf(instance)}`];
  const [line = ''] = (await tellSlurm(instance, 'squeue', [...named, format])).split('\n');
  const [job = '', cores, nodes, names = ''] = line.trim().split('|');
  if (job === '') throw new CrcacheError('failed', 'its allocation ended at once');
  const share = Math.max(1, Math.floor(Number(cores) / Number(nodes)) || 1);
  return {job, node: firstOf(names), cores: String(share)};
}

/** The first of nodes as Slurm writes them: n[01-03,7],gpu1. */
function firstOf(names: string): string {
  const [, before = '', number = '', after = ''] =
    /^([^[,]*)(?:\[([0-9]+)[^\]]*\]([^[,]*))?/.exec(names) ?? [];
  return before + number + after;
}

/** Its number; a failure where it was never made. */
export function jobOf({handle, name}: SlurmInstance): string {
  const job = handle['job'];
  if (job === undefined) throw new CrcacheError('damaged', `'${name}' has no allocation`);
  return job;
}

/** Whether its allocation is in one of these states. */
async function isIn(instance: SlurmInstance, states: string): Promise<boolean> {
  const words = ['--noheader', `--states=${states}`, '--format=%T', ...selecting(instance)];
  const {status, stdout, stderr} = await askSlurm(instance, 'squeue', words);
  if (status === 0) return stdout.trim() !== '';
  if (stderr.includes('Invalid job id')) return false;
  throw new CrcacheError('failed', `'squeue': ${lastLine(stderr)}`);
}

/** With its number, the controller needs not tell of all that there are; a number alone may be used again. */
function selecting(instance: SlurmInstance): string[] {
  const {job} = instance.handle;
  return [`--name=${idOf(instance)}`, ...(job === undefined ? [] : [`--jobs=${job}`])];
}

export function isRunning(instance: SlurmInstance): Promise<boolean> {
  return isIn(instance, 'RUNNING');
}

/**
 * Ends the allocation, or its place in the queue, and sees it gone. One whose node does not answer is ending for as
 * long as Slurm waits for that: nobody can use it any more, and nothing is held but what Slurm holds itself.
 */
export async function cancel(instance: SlurmInstance): Promise<void> {
  const {settings} = instance;
  const deadline = clockMs() + settings.slurm_timeout * 1000;
  const {job} = instance.handle;
  const words = ['--quiet', `--name=${idOf(instance)}`, ...(job === undefined ? [] : [job])];
  await askSlurm(instance, 'scancel', words); // its status is a failure where there is nothing to cancel
  for (;;) {
    const isLate = clockMs() > deadline;
    if (!(await isIn(instance, isLate ? livingStates : `${livingStates},COMPLETING`))) return;
    if (isLate) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new CrcacheError('failed', `allocation '${idOf(instance)}' is there still`);
}
