// run: what is to be started so that a command runs in an instance.

import {decodeBytes} from '../bytes.js';
import {CrcacheError} from '../errors.js';
import {readBytes} from '../files.js';
import type {Cache} from './cache.js';
import {commandLine} from './command-line.js';
import {usableInstance} from './usable.js';

export interface RunRequest {
  /** The word that says which instance. */
  readonly instance: string;
  /** The command and its arguments; none is a shell. */
  readonly words: readonly string[];
  /** A command line for sh, which finds the words as its arguments. */
  readonly line?: string | undefined;
  /** Each 'KEY=VALUE', or 'KEY' for the caller's own value. */
  readonly settings?: readonly string[];
  /** Files of such settings, a line each. */
  readonly settingFiles?: readonly string[];
  readonly directory?: string | undefined;
  readonly user?: string | undefined;
}

/** A program, the instance's run script, and what it is given. */
export interface RunStart {
  readonly program: string;
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** What is to be started. */
export function planRun(cache: Cache, request: RunRequest): RunStart {
  const {env, cwd} = cache.caller;
  const usable = usableInstance(cache, request.instance);
  const {settings = [], settingFiles = [], user} = request;
  const all = [...settingFiles.flatMap((file) => readSettings(cwd, file)), ...settings];
  const words = commandLine(usable, {
    words: request.words,
    line: request.line,
    settings: all.flatMap((setting) => settingFrom(env, setting)),
    directory: request.directory,
  });
  cache.around.trace(`run in '${usable.instance.name}': ${JSON.stringify(words)}`);
  return {
    program: usable.runScript,
    words,
    env: user === undefined ? env : {...env, CRCACHE_RUN_USER: user},
    cwd,
  };
}

/** The settings of a file: lines that are not empty and do not begin with '#', as they are. */
function readSettings(cwd: string, file: string): string[] {
  const path = file.startsWith('/') ? file : `${cwd}/${file}`;
  const bytes = readBytes(path);
  if (bytes === undefined) throw new CrcacheError('usage', `there is no file '${file}'`);
  const lines = decodeBytes(bytes).split('\n');
  return lines.filter((line) => line.trim() !== '' && !line.startsWith('#'));
}

/** A setting with its value; none for a name that the caller has no value for. */
function settingFrom(env: RunStart['env'], setting: string): string[] {
  const [, key, value] = /^([A-Za-z_][A-Za-z0-9_]*)(?:=([^]*))?$/.exec(setting) ?? [];
  if (key === undefined) {
    throw new CrcacheError('usage', `'${setting}' does not set a variable: KEY=VALUE does`);
  }
  if (value !== undefined) return [setting];
  const own = env[key];
  return own === undefined ? [] : [`${key}=${own}`];
}
