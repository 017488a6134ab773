// How imports leave an instance that is released or discarded: what was changed in copies is written back, and then
// all is undone in reverse order, whatever state the instance is in. What is mounted is unmounted, and seen to be,
// before anything is deleted.

import {decodeBytes, encodeBytes} from '../../bytes.js';
import {CrcacheError, describeErrno, isFromSystem} from '../../errors.js';
import {
  entryOf,
  isDirectory,
  makeDirectory,
  orUndefined,
  readText,
  removeFile,
} from '../../files.js';
import type {Conflict} from '../../copy/merge-back.js';
import {safe} from '../../output/safe.js';
import {removeTree} from '../../trees.js';
import {newNonce} from '../../store/worker.js';
import type {Cache} from '../cache.js';
import type {Instance} from '../instance.js';
import {sharingOf} from '../shares-files.js';
import {bindOf, levelNamed} from './bring.js';
import {doAt, endHere, endIn} from './end.js';
import {saying} from './failure.js';
import {
  baseFile,
  cameIn,
  forgetImports,
  isUnsaved,
  readImports,
  writeImports,
  type ImportRecord,
} from './record.js';

/** Writes back what was changed in copies; local files that were changed meanwhile stay, with the others beside. */
export async function saveImports(cache: Cache, instance: Instance): Promise<void> {
  const {directory} = instance.facts;
  let records = readImports(directory);
  for (const record of records) {
    if (!isUnsaved(record)) continue;
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
    `cannot write '${remote}' of '${name}' back to '${local}': ${isFromSystem(error) ? describeErrno(error) : error.message}`,
    `mend that and: crcache reset-instance ${name}; to drop what is in it: crcache discard-instance ${name}`,
  );
}

async function saveOne(cache: Cache, instance: Instance, record: ImportRecord): Promise<void> {
  const {facts, name} = instance;
  const {local, nonce, remote} = record;
  const base = readText(baseFile(facts.directory, record));
  if (base === undefined) {
    cache.say(`nothing is written back from '${remote}' of '${name}': it was never whole`);
    return;
  }
  if (!isDirectory(local)) throw new CrcacheError('failed', `there is no directory '${local}'`);
  const came = cameIn(facts.directory, record);
  try {
    const mayRemove = await fetch(cache, instance, {record, came});
    const {mergeBack} = await import('../../copy/merge-back.js');
    const conflicts = mergeBack({
      ...{local, came, mayRemove, suffix: `.${name}-${nonce}`},
      apart: pathsIn(record, readImports(facts.directory)),
      base: new Map(JSON.parse(base) as [string, string][]),
    });
    for (const conflict of conflicts) tellConflict(cache, name, {local, ...conflict});
  } finally {
    await removeCame(cache, instance, record);
  }
}

/** The paths in a copy, in latin1, that other imports have. */
function pathsIn({remote}: ImportRecord, records: readonly ImportRecord[]): string[] {
  const below = records.filter((each) => each.remote.startsWith(`${remote}/`));
  return below.map((each) => encodeBytes(each.remote.slice(remote.length + 1)).toString('latin1'));
}

/**
 * Brings what is in a copy into a new directory of this machine. It is looked at on its way: it is not trusted. False
 * where it may not be the copy that was made: what is missing in another directory was not removed.
 */
async function fetch(
  cache: Cache,
  instance: Instance,
  {record, came}: {record: ImportRecord; came: string},
): Promise<boolean> {
  const {markerOf} = await import('../../copy/import-scripts.js');
  const {transfer} = await import('../copy/transfer.js');
  await removeCame(cache, instance, record); // of a release that died
  makeDirectory(came);
  await transfer(cache, {
    from: {...endIn(instance), paths: [`${record.remote}/.`]},
    to: {...endHere(instance), path: came, nonce: newNonce(), name: '.', isNew: false},
    ...{preserves: false, follows: false, excludes: [], mayLack: true},
  });
  const marker = markerOf(record.nonce);
  const isMarked = entryOf(`${came}/${marker}`)?.isFile() ?? false;
  removeTree(`${came}/${marker}`);
  if (!isMarked) {
    const where = `'${record.remote}' of '${instance.name}'`;
    cache.say(`${where} has no file '${marker}' any more: what is missing there stays here`);
  }
  return isMarked;
}

async function removeCame(cache: Cache, instance: Instance, record: ImportRecord): Promise<void> {
  const came = cameIn(instance.facts.directory, record);
  // Modes that came with it may be in the way.
  const isGone = orUndefined(() => (removeTree(came), true), 'EACCES', 'EPERM');
  if (isGone === true) return;
  const {removeTreesCommand} = await import('../../copy/remove-trees.js');
  await doAt(cache, endHere(instance), removeTreesCommand([came]));
}

interface Told extends Conflict {
  readonly local: string;
}

function tellConflict(cache: Cache, name: string, {local, path, kept}: Told): void {
  const show = (below: string): string =>
    `'${safe(`${local}/${decodeBytes(Buffer.from(below, 'latin1'))}`)}'`;
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
    await saying(`cannot remove '${record.remote}' from '${instance.name}'`, () =>
      undoOne(cache, instance, {record, isGoing}),
    );
    removeFile(baseFile(directory, record));
    writeImports(directory, left.slice(0, -1));
    cache.around.step('import:undone');
  }
  forgetImports(directory);
}

interface Undoing {
  readonly record: ImportRecord;
  readonly isGoing: boolean;
}

async function undoOne(cache: Cache, instance: Instance, undoing: Undoing): Promise<void> {
  const {record} = undoing;
  if (record.how === 'copy') await removeCopy(cache, instance, undoing);
  else if (record.how !== 'shared') {
    const level = levelNamed(cache, instance, record);
    await level?.type.unbind?.(level.facts, [bindOf(record)]);
  }
}

/**
 * Where the instance sees the files of this machine, its copies are some of these, and outlive it; those on a machine that
 * it has not for its own outlive it, too.
 */
async function removeCopy(
  cache: Cache,
  instance: Instance,
  {record, isGoing}: Undoing,
): Promise<void> {
  const {shares, hasOwnFiles} = sharingOf(cache, instance);
  if (isGoing && hasOwnFiles && !shares) return;
  const {removeCommand} = await import('../../copy/import-scripts.js');
  const remove = (): Promise<string> =>
    doAt(cache, shares ? endHere(instance) : endIn(instance), removeCommand(record));
  if (shares || !isGoing) await remove();
  else await unlessGone(cache, instance, {record, remove});
}

/** What was lost before it is discarded cannot be reached: what is left there is told, and keeps nobody from that. */
async function unlessGone(
  cache: Cache,
  {name}: Instance,
  {record, remove}: {record: ImportRecord; remove: () => Promise<unknown>},
): Promise<void> {
  try {
    await remove();
  } catch (error) {
    if (!(error instanceof CrcacheError)) throw error;
    cache.say(`'${record.remote}' may still be where '${name}' was: ${error.message}`);
  }
}
