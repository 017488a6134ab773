// Where a type is tried: a state directory and a configuration that are made for this and go with it, also where the
// process ends before that: by a watcher, and where that is killed, too, by the next gc
// (lib/operation/stray-grounds.ts). What cannot be discarded is kept, and said.

import {CrcacheError} from '../../errors.js';
import {askProgram, startWatcher} from '../../exec.js';
import {listNames, makeDirectory, makeLink, readText, writeWhole} from '../../files.js';
import {removeTree} from '../../trees.js';
import {makeShortScratch, takingShortScratch, wordsForTaking} from '../../scratch.js';
import type {Cache} from '../cache.js';
import {source, type Stage} from './trial.js';

type Environment = Readonly<Record<string, string | undefined>>;

export interface Ground {
  readonly type: string;
  /** A source.conf with the keys that the type needs. */
  readonly file: string | undefined;
  /** How crcache itself is called. */
  readonly program: Cache['caller']['program'];
  readonly cwd: string;
  readonly env: Environment;
  /** The directories of the sources that its instances may stand on, by their names. */
  readonly others: ReadonlyMap<string, string>;
  /** How long a claim may take. */
  readonly limitMs: number;
}

/** The directories of all sources that a caller may use. */
export function sourceDirectories({configuration}: Pick<Cache, 'configuration'>): Ground['others'] {
  const roots = [...configuration.describeRoots()].reverse(); // the first one that has a source wins
  const named = roots.flatMap(({root, names}) =>
    names.map((name) => [name, `${root.path}/sources/${name}`] as const),
  );
  return new Map(named);
}

/** Does something in an environment with a source of this type, and a state of its own. */
export async function onGround<Value>(
  {type, file, program, cwd, env, others, limitMs}: Ground,
  act: (ground: Pick<Stage, 'ground' | 'lines'>, env: Environment) => Promise<Value>,
): Promise<Value> {
  const keys = file === undefined ? [] : keysIn(cwd, file);
  const named = type.startsWith('.') ? `${cwd}/${type}` : type;
  const {path} = makeShortScratch();
  const own = environmentOn(path, env);
  const facts = {program, env: own};
  const words = clearingWords(path, {...facts, rounds: 60});
  const watcher = await startWatcher(words, {env: own, cwd: '/'});
  try {
    const directory = `${path}/config/sources/${source}`;
    makeDirectory(directory);
    for (const [name, place] of others) {
      if (name !== source) makeLink(place, `${path}/config/sources/${name}`);
    }
    const lines = [...headOf(named), ...keys];
    writeWhole(`${directory}/source.conf`, [...lines, ''].join('\n'));
    return await act({ground: path, lines}, own);
  } finally {
    await watcher.dismiss();
    const signal = AbortSignal.timeout(Math.max(limitMs, clearingMs));
    await clear(path, {...facts, rounds: 3, signal}); // a gc in the background may have one at hand
  }
}

/** What clearing may take where a claim may take less: it is a dozen calls of crcache. */
const clearingMs = 60_000;

/** What comes before the lines of the file. */
const headOf = (type: string): string[] => ['[DEFAULT]', `type=${type}`];

/** Fails where the file has not what the type wants, in the file's own lines. */
export function requireKeys(
  {configuration}: Pick<Cache, 'configuration'>,
  {type, file}: Pick<Ground, 'type' | 'file'>,
): void {
  const problems = configuration.check(source)?.problems ?? [];
  const head = headOf(type).length;
  const problem = problems.find(({line}) => line > head) ?? problems[0];
  if (problem === undefined) return;
  const line = problem.line - head;
  const where = file === undefined ? `type '${type}'` : line < 1 ? file : `${file}:${String(line)}`;
  const hint = file === undefined ? `crcache check-type --config FILE ${type}` : problem.hint;
  throw new CrcacheError('usage', `${where}: ${problem.message}`, hint);
}

function environmentOn(path: string, env: Environment): Environment {
  const places = {CRCACHE_DIR: `${path}/state`, CRCACHE_CONFIG: `${path}/config`};
  return {...env, ...places, CRCACHE_LEASE: undefined};
}

/** Discards all that there is, and removes the ground then: a sh that tries that so many times, a second apart. */
function clearingWords(path: string, {program, rounds}: Clearing): ['sh', ...string[]] {
  return ['sh', '-c', clearing, ...wordsForTaking(path), String(rounds), ...program];
}

interface Clearing extends Pick<Ground, 'program' | 'env'> {
  readonly rounds: number;
  readonly signal?: AbortSignal;
}

/**
 * A command of one that was killed may be at work still, which then comes to its end: it may cache what it makes only
 * after all else has gone.
 */
const clearing = `${takingShortScratch}
rounds=$1; shift
inside=/tmp/\${0##*/}.inside
round=0
again() { [ $((round += 1)) -lt "$rounds" ] || exit; sleep 1; }
rm -rf "$0/config/sources/kept" # or gc would fill it up
for state in "$0/state" "$0/neighbour"; do
  export CRCACHE_DIR="$state"
  while [ -e "$state/sources" ]; do
    for name in $("$@" list-instances --state in-use); do "$@" run --timeout 3s --grace 1s "$name" rm -rf "$inside"; done
    "$@" release --all --force
    for source in "$state/sources"/*; do "$@" discard-instance -s "\${source##*/}" --all --force; done
    "$@" gc -q
    [ -n "$(find "$state/sources" -mindepth 3 -maxdepth 3 -type l)" ] || break
    again
  done
done
rm -rf "$inside"
! grep -qF "/\${0##*/}/" /proc/self/mountinfo || exit
until rm -rf "$0"; do again; done`;

/** Clears what one who is gone has left. */
export function clearAbandoned(path: string, {program, env}: Cache['caller']): Promise<void> {
  return clear(path, {program, env: environmentOn(path, env), rounds: 2});
}

/** Removes it all, unless something of it is there still. */
async function clear(path: string, facts: Clearing): Promise<void> {
  const [sh, ...words] = clearingWords(path, facts);
  await askProgram(sh, words, {env: facts.env, signal: facts.signal, cwd: '/'});
  const why = whyKept(path);
  if (why !== undefined) throw why;
  removeTree(path); // what is mounted there is told
}

/** What of it is there still, or undefined where nothing is. */
function whyKept(path: string): CrcacheError | undefined {
  const left = ['state', 'neighbour'].flatMap((state) =>
    leftBelow(`${path}/${state}/sources`).map((name) => ({name, state})),
  );
  const [first] = left;
  if (first === undefined) return undefined;
  const names = left.map(({name}) => name).sort();
  return new CrcacheError(
    'failed',
    `'${names.join("', '")}' cannot be discarded; all is kept in '${path}'`,
    `CRCACHE_DIR=${path}/${first.state} CRCACHE_CONFIG=${path}/config crcache gc`,
  );
}

/** Records: a gc in the background may be moving their symlinks about, and try in vain again. */
function leftBelow(sources: string): string[] {
  return listNames(sources).flatMap((name) => listNames(`${sources}/${name}/instances`));
}

/** The lines of a source.conf, empty where they name its type, which is named already, or what would be kept of it. */
function keysIn(cwd: string, file: string): string[] {
  const text = readText(file.startsWith('/') ? file : `${cwd}/${file}`);
  if (text === undefined) throw new CrcacheError('usage', `there is no file '${file}'`);
  const isOurs = (line: string): boolean => /^\s*((type|reserve)\s*=|\[DEFAULT\])/.test(line);
  return text.split('\n').map((line) => (isOurs(line) ? '' : line));
}
