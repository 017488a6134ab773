// How imports get into an instance that is about to be given out.

import {statOf, writeWhole} from '../../files.js';
import type {Import} from '../../import.js';
import type {BindImport} from '../../source/source.js';
import {newNonce} from '../../store/worker.js';
import type {Cache} from '../cache.js';
import {levelsOf, type Instance} from '../instance.js';
import {doAt, endHere, endIn} from './end.js';
import {saying} from './failure.js';
import {planImports} from './plan.js';
import {baseFile, isMounted, writeImports, type ImportRecord} from './record.js';

/** Brings all imports of an allocation, in order. What was brought when one fails, discarding the instance undoes. */
export async function bringImports(
  cache: Cache,
  instance: Instance,
  requested: readonly Import[],
): Promise<void> {
  if (requested.length === 0 && instance.facts.settings.import.length === 0) return;
  await bringPlanned(cache, instance, await planImports(cache, instance, requested));
}

/** Brings imports that are planned, or were undone for a while: those that are bound first, a level's all at once. */
export async function bringPlanned(
  cache: Cache,
  instance: Instance,
  records: readonly ImportRecord[],
): Promise<void> {
  if (records.length === 0) return;
  const {step} = cache.around;
  writeImports(instance.facts.directory, records);
  step('import:noted');
  const bound = records.filter(isMounted);
  for (const level of levelsOf(cache, instance)) {
    const own = bound.filter((record) => record.level === level.name);
    if (own.length === 0) continue;
    await naming(instance, own, () => level.type.bind?.(level.facts, own.map(bindOf)));
    step('import:brought');
  }
  for (const record of records.filter(({how}) => how === 'copy')) {
    await naming(instance, [record], () => bringCopy(cache, instance, record));
    step('import:brought');
  }
  step('import:all-brought');
}

/** Does something for imports; a failure of it names them. */
function naming(
  {name}: Instance,
  records: readonly ImportRecord[],
  act: () => Promise<void> | undefined,
): Promise<void> {
  const what = records.map(({local}) => `'${local}'`).join(', ');
  return saying(`cannot import ${what} into '${name}'`, act);
}

async function bringCopy(cache: Cache, instance: Instance, record: ImportRecord): Promise<void> {
  const base = record.access === 'rw' ? await stateOf(record) : undefined;
  const {prepareCommand} = await import('../../copy/import-scripts.js');
  const mode = (Number(statOf(record.local)?.mode ?? 0n) & 0o1777) | 0o700;
  await doAt(cache, endIn(instance), prepareCommand(record, mode));
  await fill(cache, instance, record);
  // What is missing in a copy was removed there: of one that has not come whole nobody may say so.
  if (base !== undefined) {
    writeWhole(baseFile(instance.facts.directory, record), base, {flush: true});
  }
}

/** What a directory holds, as the base file has it. */
async function stateOf({local}: ImportRecord): Promise<string> {
  const {scanTree} = await import('../../copy/tree-state.js');
  return JSON.stringify([...scanTree(local)]);
}

async function fill(cache: Cache, instance: Instance, record: ImportRecord): Promise<void> {
  if (record.by === 'rsync') {
    const {bringByRsync} = await import('./bring-by-rsync.js');
    if (await bringByRsync(cache, instance, record)) return;
  }
  const {transfer} = await import('../copy/transfer.js');
  await transfer(cache, {
    from: {...endHere(instance), paths: [`${record.local}/.`]},
    to: {...endIn(instance), path: record.remote, nonce: newNonce(), name: '.', isNew: false},
    ...{preserves: false, follows: false, excludes: []},
  });
}

/** The instance, of those that this one stands on, that binds an import; undefined where that is gone. */
export function levelNamed(
  cache: Cache,
  instance: Instance,
  {level}: ImportRecord,
): Instance | undefined {
  return levelsOf(cache, instance).find(({name}) => name === level);
}

export function bindOf({nonce, local, remote, how, access}: ImportRecord): BindImport {
  return {nonce, local, remote, mode: how === 'overlay' ? how : access};
}
