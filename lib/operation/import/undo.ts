// How imports leave an instance that is released or discarded: what was changed in copies is written back, and then
// all is undone in reverse order, whatever state the instance is in. What is mounted is unmounted, and seen to be,
// before anything is deleted.

import {decodeBytes} from '../../bytes.js';
import {CrcacheError} from '../../errors.js';
import {
  isDirectory,
  makeDirectory,
  orUndefined,
  readText,
  removeFile,
  removeTree,
} from '../../files.js';
import {newNonce} from '../../store/worker.js';
import type {Cache} from '../cache.js';
import type {Instance} from '../instance.js';
import {sharingOf} from '../shares-files.js';
import {bindOf, levelNamed} from './bring.js';
import {doAt, endHere, endIn} from './end.js';
import {
  baseFile,
  cameIn,
  forgetImports,
  readImports,
  writeImports,
  type ImportRecord,
} from './record.js';

/** Writes back what was changed in copies; local files that were changed meanwhile stay, with the others beside. */
export async function saveImports(cache: Cache, instance: Instance): Promise<void> {
  const {directory} = instance.facts;
  let records = readImports(directory);
  for (const record of records) {
    if (record.how !== 'copy' || record.access !== 'rw' || record.isSaved === true) continue;
    try {
      await saveOne(cache, instance, record);
    } catch (error) {
      throw cannotSave(instance, record, error);
    }
    records = records.map((each) => (each === record ? {...each, isSaved: true} : each));
    writeImports(directory, records);
    cache.around.step('import:saved');
  }
}

function cannotSave({name}: Instance, {local, remote}: ImportRecord, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  return new CrcacheError(
    'failed',
    `cannot write '${remote}' of '${name}' back to '${local}': ${error.message}`,
    `mend that and: crcache reset-instance ${name}; to drop what is in it: crcache discard-instance ${name}`,
  );
}

async function saveOne(cache: Cache, instance: Instance, record: ImportRecord): Promise<void> {
  const {facts, name} = instance;
  const {local, nonce} = record;
  const base = readText(baseFile(facts.directory, record));
  if (base === undefined) return; // it was never brought
  if (!isDirectory(local)) throw new CrcacheError('failed', `there is no directory '${local}'`);
  const came = cameIn(facts.directory, record);
  try {
    await fetch(cache, instance, {record, came});
    const {mergeBack} = await import('../../copy/merge-back.js');
    const conflicts = mergeBack({
      ...{local, came, suffix: `.${name}-${nonce}`},
      base: new Map(JSON.parse(base) as [string, string][]),
    });
    for (const {path, kept} of conflicts) tellConflict(cache, {local, name, path, kept});
  } finally {
    await removeCame(cache, instance, record);
  }
}

/** Brings what is in a copy into a new directory of this machine. It is looked at on its way: it is not trusted. */
async function fetch(
  cache: Cache,
  instance: Instance,
  {record, came}: {record: ImportRecord; came: string},
): Promise<void> {
  const {markerOf} = await import('../../copy/import-scripts.js');
  const {transfer} = await import('../copy/transfer.js');
  await removeCame(cache, instance, record); // of a release that died
  makeDirectory(came);
  await transfer(cache, {
    from: {...endIn(instance), paths: [`${record.remote}/.`]},
    to: {...endHere(instance), path: came, nonce: newNonce(), name: '.', isNew: false},
    ...{preserves: false, follows: false, excludes: [markerOf(record.nonce)], mayLack: true},
  });
}

async function removeCame(cache: Cache, instance: Instance, record: ImportRecord): Promise<void> {
  const came = cameIn(instance.facts.directory, record);
  // Modes that came with it may be in the way.
  const isGone = orUndefined(() => (removeTree(came), true), 'EACCES', 'EPERM');
  if (isGone === true) return;
  const {removeTreeCommand} = await import('../../copy/import-scripts.js');
  await doAt(cache, endHere(instance), removeTreeCommand(came));
}

interface Told {
  readonly local: string;
  readonly name: string;
  readonly path: string;
  readonly kept: string | undefined;
}

function tellConflict(cache: Cache, {local, name, path, kept}: Told): void {
  const show = (below: string): string => `'${local}/${decodeBytes(Buffer.from(below, 'latin1'))}'`;
  cache.say(
    kept === undefined
      ? `conflict: ${show(path)} was changed here and removed in '${name}': it stays`
      : `conflict: ${show(path)} was changed here and in '${name}', whose content is ${show(kept)}`,
  );
}

/** Undoes all imports, the last one first; `isGoing`: what is in the instance itself goes with it. */
export async function undoImports(
  cache: Cache,
  instance: Instance,
  {isGoing = false}: {isGoing?: boolean} = {},
): Promise<void> {
  const {directory} = instance.facts;
  const records = readImports(directory);
  if (records.length === 0) return;
  for (let left = records; left.length > 0; left = left.slice(0, -1)) {
    const record = left.at(-1);
    if (record === undefined) break;
    if (record.how === 'copy') await removeCopy(cache, instance, {record, isGoing});
    else if (record.how !== 'shared') {
      const level = levelNamed(cache, instance, record);
      await level?.type.unbind?.(level.facts, [bindOf(record)]);
    }
    removeFile(baseFile(directory, record));
    writeImports(directory, left.slice(0, -1));
    cache.around.step('import:undone');
  }
  forgetImports(directory);
}

/** Where the instance sees the files of this machine, its copies are some of these, and outlive it. */
async function removeCopy(
  cache: Cache,
  instance: Instance,
  {record, isGoing}: {record: ImportRecord; isGoing: boolean},
): Promise<void> {
  const {shares} = sharingOf(cache, instance);
  if (isGoing && !shares) return;
  const {removeCommand} = await import('../../copy/import-scripts.js');
  try {
    const end = shares ? endHere(instance) : endIn(instance);
    await doAt(cache, end, removeCommand(record));
  } catch (error) {
    if (!(error instanceof CrcacheError)) throw error;
    throw new CrcacheError(
      'failed',
      `cannot remove '${record.remote}' from '${instance.name}': ${error.message}`,
    );
  }
}
