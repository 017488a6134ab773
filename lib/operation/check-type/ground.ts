// Where a type is tried: a state directory and a configuration that are made for this and go with it, also where the
// process ends before that. What cannot be discarded is kept, and said.

import {CrcacheError} from '../../errors.js';
import {startWatcher} from '../../exec.js';
import {listNames, makeDirectory, makeLink, readText, writeWhole} from '../../files.js';
import {makeShortScratch, type Scratch} from '../../scratch.js';
import type {Cache} from '../cache.js';
import {source} from './trial.js';

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
}

/** The directories of all sources that a caller may use. */
export function sourceDirectories({configuration}: Pick<Cache, 'configuration'>): Ground['others'] {
  const roots = [...configuration.describeRoots()].reverse(); // the first one that has a source wins
  const named = roots.flatMap(({root, names}) =>
    names.map((name) => [name, `${root.path}/sources/${name}`] as const),
  );
  return new Map(named);
}

/** Does something with an environment in which there is a source of this type, and a state of its own. */
export async function onGround<Value>(
  {type, file, program, cwd, env, others}: Ground,
  act: (env: Environment) => Promise<Value>,
): Promise<Value> {
  const keys = file === undefined ? [] : keysIn(cwd, file);
  const named = type.startsWith('.') ? `${cwd}/${type}` : type;
  const scratch = makeShortScratch();
  const {path} = scratch;
  const places = {CRCACHE_DIR: `${path}/state`, CRCACHE_CONFIG: `${path}/config`};
  const own = {...env, ...places, CRCACHE_LEASE: undefined};
  const watcher = await startWatcher(['sh', '-c', clearing, path, ...program], {env: own, cwd});
  try {
    const directory = `${path}/config/sources/${source}`;
    makeDirectory(directory);
    for (const [name, place] of others) {
      if (name !== source) makeLink(place, `${path}/config/sources/${name}`);
    }
    const lines = ['[DEFAULT]', `type=${named}`, ...keys, ''];
    writeWhole(`${directory}/source.conf`, lines.join('\n'));
    return await act(own);
  } finally {
    await watcher.dismiss();
    clear(scratch);
  }
}

/** What is done where this process is killed: a command of ours may be at work still, which then comes to its end. */
const clearing = `round=0
while :; do
  "$@" release --all --force
  "$@" gc -q
  [ -n "$(find "$0/state/sources" -mindepth 3 -maxdepth 3 -type l ! -path '*/cached/*')" ] || break
  [ $((round += 1)) -lt 60 ] || exit
  sleep 1
done
! grep -qF "/\${0##*/}/" /proc/self/mountinfo || exit
rm -rf "$0"`;

/** Removes it all, unless something of it is there still. */
function clear({path, remove}: Scratch): void {
  const sources = `${path}/state/sources`;
  // Records: a gc in the background may be moving their symlinks about, and try in vain again.
  const left = listNames(sources).flatMap((name) => {
    const cached = listNames(`${sources}/${name}/cached`);
    return listNames(`${sources}/${name}/instances`).filter((each) => !cached.includes(each));
  });
  left.sort();
  if (left.length > 0) {
    throw new CrcacheError(
      'failed',
      `'${left.join("', '")}' cannot be discarded; all is kept in '${path}'`,
      `CRCACHE_DIR=${path}/state CRCACHE_CONFIG=${path}/config crcache gc`,
    );
  }
  remove();
}

/** The lines of a source.conf but for its type, which is named already, and for what would be kept of it. */
function keysIn(cwd: string, file: string): string[] {
  const text = readText(file.startsWith('/') ? file : `${cwd}/${file}`);
  if (text === undefined) throw new CrcacheError('usage', `there is no file '${file}'`);
  return text.split('\n').filter((line) => !/^\s*((type|reserve)\s*=|\[DEFAULT\])/.test(line));
}
