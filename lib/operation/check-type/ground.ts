// Where a type is tried: a state directory and a configuration that are made for this and go with it.

import {CrcacheError} from '../../errors.js';
import {makeDirectory, readText, writeWhole} from '../../files.js';
import {makeScratch} from '../../pipes.js';
import {source} from './trial.js';

type Environment = Readonly<Record<string, string | undefined>>;

export interface Ground {
  readonly type: string;
  /** A source.conf with the keys that the type needs. */
  readonly file: string | undefined;
  readonly cwd: string;
  readonly env: Environment;
}

/** Does something with an environment in which the only source is one of this type. */
export async function onGround<Value>(
  {type, file, cwd, env}: Ground,
  act: (env: Environment) => Promise<Value>,
): Promise<Value> {
  const keys = file === undefined ? [] : keysIn(cwd, file);
  const named = type.startsWith('.') ? `${cwd}/${type}` : type;
  const {path, remove} = makeScratch();
  try {
    const directory = `${path}/config/sources/${source}`;
    makeDirectory(directory);
    const lines = ['[DEFAULT]', `type=${named}`, ...keys, ''];
    writeWhole(`${directory}/source.conf`, lines.join('\n'));
    const own = {CRCACHE_DIR: `${path}/state`, CRCACHE_CONFIG: `${path}/config`};
    return await act({...env, ...own, CRCACHE_LEASE: undefined});
  } finally {
    remove();
  }
}

/** The lines of a source.conf but for its type, which is named already. */
function keysIn(cwd: string, file: string): string[] {
  const text = readText(file.startsWith('/') ? file : `${cwd}/${file}`);
  if (text === undefined) throw new CrcacheError('usage', `there is no file '${file}'`);
  return text.split('\n').filter((line) => !/^\s*(type\s*=|\[DEFAULT\])/.test(line));
}
