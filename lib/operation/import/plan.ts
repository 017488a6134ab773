// What is imported into an instance, and how: what its source says, what the levels below can, and what was asked for.

import {isAbsolute, resolve} from 'node:path';
import {isText} from '../../bytes.js';
import {CrcacheError} from '../../errors.js';
import {isDirectory, realPath} from '../../files.js';
import {parseImport, type Import} from '../../import.js';
import {KeyProblem} from '../../keys.js';
import {newNonce} from '../../store/worker.js';
import type {Cache} from '../cache.js';
import {levelsOf, type Instance} from '../instance.js';
import {sharingOf} from '../shares-files.js';
import {doAt, endIn} from './end.js';
import {isMounted, type ImportRecord} from './record.js';

/** Imports of a request, as their user wrote them; their directories are from the user's. */
export function parseRequested(texts: readonly string[]): readonly Import[] {
  return texts.map((text) => {
    try {
      return parseImport(text);
    } catch (error) {
      if (!(error instanceof KeyProblem)) throw error;
      throw new CrcacheError('usage', `option '--import' ${error.message}, not '${text}'`);
    }
  });
}

/** All imports of an allocation, those of source.conf first. Nothing is brought yet. */
export async function planImports(
  cache: Cache,
  instance: Instance,
  requested: readonly Import[],
): Promise<ImportRecord[]> {
  const {settings} = instance.facts;
  const base = instance.source.definition.place?.directory ?? cache.caller.cwd;
  const all = [
    ...settings.import.map((text) => ({...parseImport(text), base})),
    ...requested.map((each) => ({...each, base: cache.caller.cwd})),
  ];
  const records: ImportRecord[] = [];
  for (const each of all) records.push(await planOne(cache, instance, each));
  const twice = records.find(({remote}, at) => records.findIndex((r) => r.remote === remote) < at);
  if (twice !== undefined) {
    throw new CrcacheError('usage', `two imports would be '${twice.remote}'`);
  }
  for (const record of records) checkPlace(record, records);
  return records;
}

/** What is mounted in a directory of somebody's own needs a place there: none is made, for it would stay. */
function checkPlace(record: ImportRecord, all: readonly ImportRecord[]): void {
  if (!isMounted(record)) return;
  const {local, remote} = record;
  const above = all
    .filter((each) => isMounted(each) && remote.startsWith(`${each.remote}/`))
    .reduce<ImportRecord | undefined>(
      (found, each) => (found && found.remote.length > each.remote.length ? found : each),
      undefined,
    );
  if (above?.how !== 'bind') return;
  const place = `${above.local}${remote.slice(above.remote.length)}`;
  if (isDirectory(place)) return;
  throw new CrcacheError(
    'failed',
    `cannot import '${local}' at '${remote}': there is no directory '${place}' to mount it at`,
    `mkdir '${place}'`,
  );
}

async function planOne(
  cache: Cache,
  instance: Instance,
  {local: written, remote: wanted, access, way, base}: Import & {base: string},
): Promise<ImportRecord> {
  const local = realPath(resolve(base, written));
  if (local === undefined || !isDirectory(local)) {
    throw new CrcacheError('failed', `cannot import '${written}': there is no such directory`);
  }
  const remote = await remotePath(cache, instance, wanted ?? resolve(base, written));
  const record = {nonce: newNonce(), local, remote, access, level: instance.name};
  if (remote === local && sharingOf(cache, instance).shares) {
    if (way !== 'overlay') return {...record, how: 'shared'};
    throw new CrcacheError(
      'failed',
      `cannot lay anything over '${written}' in '${instance.name}', which has the files of this machine`,
      'give it a REMOTE path of its own',
    );
  }
  const binder = await binderOf(cache, instance, {local, remote, access, way});
  if (binder !== undefined) {
    return {...record, how: way === 'overlay' ? way : 'bind', level: binder.name};
  }
  if (way === 'bind') {
    throw new CrcacheError(
      'failed',
      `cannot bind '${written}' into '${instance.name}': ${whyNotBound(instance, record)}`,
      "without ':bind' it is copied",
    );
  }
  // Of an overlay nothing comes back.
  const copy = {...record, how: 'copy', access: way === 'overlay' ? 'ro' : access} as const;
  return way === 'rsync' ? {...copy, by: way} : copy;
}

function whyNotBound({type}: Instance, paths: Paths): string {
  return areText(paths) ? `type '${type.name}' cannot do that` : 'its name is not UTF-8';
}

type Paths = Pick<ImportRecord, 'local' | 'remote'>;

/** The programs that mount are not told any bytes. */
const areText = ({local, remote}: Paths): boolean => isText(local) && isText(remote);

/** The instance, of those that this one stands on, that can bind; undefined where none can, or it is to be a copy. */
async function binderOf(
  cache: Cache,
  instance: Instance,
  {
    local,
    remote,
    access,
    way,
  }: Pick<ImportRecord, 'local' | 'remote' | 'access'> & Pick<Import, 'way'>,
): Promise<Instance | undefined> {
  if (way === 'copy' || way === 'rsync' || !areText({local, remote})) return undefined;
  for (const level of levelsOf(cache, instance)) {
    const {name, type, facts} = level;
    const {imports} = type.capabilities(facts.settings);
    // One that is made anew must be as it was made, with nothing done to it by what stands on it.
    const isOwn = name === instance.name && facts.settings.reset !== 'never' && way !== 'overlay';
    const can = imports === 'bind' || (imports === 'bind-anew' && isOwn);
    const wanted = {local, remote, mode: way === 'overlay' ? way : access};
    if (can && (await (type.canBind?.(facts, wanted) ?? true))) return level;
  }
  return undefined;
}

/** A path without a slash at its beginning is from the home directory in the instance. */
async function remotePath(cache: Cache, instance: Instance, wanted: string): Promise<string> {
  if (isAbsolute(wanted)) return resolve(wanted);
  const home = await doAt(cache, endIn(instance), ['-c', 'printf %s "$HOME"']);
  if (isAbsolute(home)) return resolve(home, wanted);
  throw new CrcacheError(
    'failed',
    `cannot import '${wanted}': there is no home directory in '${instance.name}'`,
    'give it a REMOTE path that begins with a slash',
  );
}
