// doctor: whether what crcache stands on is as it should be, and which configuration and state it is that it uses.
//
// To add a check, write a function from the patient to what it found, and add it to `checks`, in the order in which a
// person wants to read it. A check looks and changes nothing; one that is about a type is that type's file's business.

import {describeUnused} from '../config/problem.js';
import {CrcacheError, describeErrno, isFromSystem} from '../errors.js';
import {askAtOnce} from '../ask-at-once.js';
import {entryOf, exists, mayWrite} from '../files.js';
import type {Cache} from './cache.js';
import {checkConfiguration} from './check-source.js';
import {inspect} from './fsck.js';
import {diagnoseTypes} from './doctor-types.js';
import {onPath} from './on-path.js';

export interface Diagnosis {
  /** `note`: nothing is wrong, and it is good to know. */
  readonly is: 'ok' | 'note' | 'bad';
  readonly subject: string;
  readonly words: string;
  readonly hint?: string | undefined;
}

export interface Patient {
  readonly cache: Cache;
  readonly uid: number;
  readonly version: string;
  /** The type that is asked about alone. */
  readonly type: string | undefined;
}

type Check = (patient: Patient) => readonly Diagnosis[] | Promise<readonly Diagnosis[]>;

const checks: readonly Check[] = [
  program,
  user,
  roots,
  configuration,
  stateDirectory,
  damage,
  runParts,
  types,
];

/** All that the checks found; one that fails is a finding itself. */
export async function diagnose(patient: Patient): Promise<Diagnosis[]> {
  if (patient.type !== undefined) return types(patient);
  const found: Diagnosis[] = [];
  for (const check of checks) {
    try {
      found.push(...(await check(patient)));
    } catch (error) {
      const words = wordsOf(error);
      const subject = check.name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
      found.push({is: 'bad', subject, ...words});
    }
  }
  return found;
}

function wordsOf(error: unknown): Pick<Diagnosis, 'words' | 'hint'> {
  if (error instanceof CrcacheError) return {words: error.message, hint: error.hint};
  if (isFromSystem(error)) return {words: describeErrno(error)};
  throw error;
}

/** Hooks and other programs call crcache by its name. */
function program({cache, version}: Patient): Diagnosis[] {
  const path = onPath(cache, 'crcache');
  const subject = 'program';
  if (path === undefined) {
    const hint = 'put the directory of the program crcache on the PATH';
    const words = `version ${version}, and no 'crcache' on the PATH, where hooks look for it`;
    return [{is: 'bad', subject, words, hint}];
  }
  return [{is: 'ok', subject, words: `version ${version}; on the PATH is '${path}'`}];
}

function user({cache: {caller}, uid}: Patient): Diagnosis[] {
  const words = `${caller.user} (${String(uid)}), whose HOME is '${caller.env['HOME'] ?? ''}'`;
  const sudoer = caller.env['SUDO_USER'] ?? '';
  if (sudoer === '') return [{is: 'ok', subject: 'user', words}];
  const hint = `configuration and state of '${sudoer}' are others, unless HOME and CRCACHE_… are kept`;
  return [{is: 'note', subject: 'user', words: `${words}, by sudo from '${sudoer}'`, hint}];
}

function roots({cache}: Patient): Diagnosis[] {
  return cache.configuration.describeRoots().map(({root, names, distrust}): Diagnosis => {
    const subject = `${root.kind} root`;
    if (distrust !== undefined) {
      return {is: 'bad', subject, words: describeUnused(distrust), hint: distrust.hint};
    }
    if (!exists(root.path)) return {is: 'ok', subject, words: `'${root.path}' is not there`};
    const sources = names.length === 0 ? 'no source' : names.join(', ');
    return {is: 'ok', subject, words: `'${root.path}' has ${sources}`};
  });
}

function configuration({cache}: Patient): Diagnosis[] {
  const problems = checkConfiguration(cache, []);
  const subject = 'configuration';
  if (problems.length === 0) {
    const words = `in order; the default source is '${cache.configuration.defaultSource()}'`;
    return [{is: 'ok', subject, words}];
  }
  const count = problems.length === 1 ? 'one problem' : `${String(problems.length)} problems`;
  return [{is: 'bad', subject, words: count, hint: 'crcache check-source'}];
}

function stateDirectory({cache, uid}: Patient): Diagnosis[] {
  const {store} = cache;
  const subject = 'state directory';
  const at = `'${store.directory}'`;
  const entry = entryOf(store.directory);
  if (entry === undefined) {
    store.checkFormat(); // one that cannot be looked at is there
    return [{is: 'ok', subject, words: `${at} is not there, and is made when it is needed`}];
  }
  const finding = (words: string, hint: string): Diagnosis[] => [
    {is: 'bad', subject, words: `${at} ${words}`, hint},
  ];
  if (Number(entry.uid) !== uid) {
    return finding(`belongs to user ${String(entry.uid)}`, 'set CRCACHE_DIR to one of your own');
  }
  if ((entry.mode & 0o077n) !== 0n) {
    return finding('may be used by others', `run: chmod 700 ${at}`);
  }
  if (!mayWrite(store.directory)) return finding('cannot be written to', 'crcache fsck');
  store.checkFormat();
  const names = store.sourceNames();
  const count = names.reduce((sum, name) => sum + store.source(name).allPlaces().length, 0);
  const instances = count === 1 ? 'one instance' : `${String(count)} instances`;
  return [{is: 'ok', subject, words: `${at} has ${instances}`}];
}

async function damage({cache}: Patient): Promise<Diagnosis[]> {
  if (!cache.store.exists) return [];
  const found = (await inspect(cache)).filter(({isNote}) => isNote !== true);
  const subject = 'damage';
  if (found.length === 0) return [{is: 'ok', subject, words: 'none'}];
  const words = found.length === 1 ? 'one finding' : `${String(found.length)} findings`;
  return [{is: 'bad', subject, words, hint: 'crcache fsck'}];
}

function runParts({cache}: Patient): Diagnosis[] {
  const subject = 'run-parts';
  const path = onPath(cache, 'run-parts');
  if (path === undefined) {
    return [{is: 'ok', subject, words: "there is none: crcache's own order and rules are used"}];
  }
  const {stdout} = askAtOnce(path, ['--version'], {env: cache.caller.env, timeoutMs: 5_000});
  return stdout.startsWith('Debian')
    ? [{is: 'ok', subject, words: `'${path}'`}]
    : [
        {
          is: 'note',
          subject,
          words: `'${path}' is not Debian's: crcache's own order and rules are used`,
        },
      ];
}

function types({cache, type}: Patient): Promise<Diagnosis[]> {
  return diagnoseTypes(cache, type);
}
