// run --files: files of this machine that the command is to find in the instance, under the same paths.

import {resolve} from 'node:path';
import {CrcacheError} from '../errors.js';
import {statOf} from '../files.js';
import {newNonce} from '../store/worker.js';
import type {Cache} from './cache.js';
import {levelsOf} from './instance.js';
import {planRun, type RunRequest} from './run.js';
import {supervise, type Supervision} from './supervise.js';
import {usableInstance} from './usable.js';

export interface FilesRequest extends RunRequest {
  readonly files: readonly string[];
}

/**
 * Copies the files in where the instance does not see them anyway, and says what is to be run then: words VAR=value
 * before the command are its environment, and a path that cannot be in the instance is another one in its words.
 */
export async function bringFiles(
  cache: Cache,
  request: FilesRequest,
  supervision: Supervision,
): Promise<RunRequest> {
  const {settings = [], words, files} = request;
  const start = words.findIndex((word) => !/^[A-Za-z_][A-Za-z0-9_]*=/.test(word));
  if (start === -1) throw new CrcacheError('usage', "COMMAND is missing after '--'");
  const plain = {
    ...request,
    words: words.slice(start),
    settings: [...settings, ...words.slice(0, start)],
  };
  const {instance} = usableInstance(cache, request.instance);
  const sharesFiles = levelsOf(cache, instance).every(
    ({type, facts}) => type.capabilities(facts.settings).sharesFiles,
  );
  if (sharesFiles) return plain;
  let moved: RunRequest = plain;
  for (const file of files) {
    const path = resolve(cache.caller.cwd, file);
    const place = await copyIn(cache, request, {path, supervision});
    for (const name of new Set([file, path])) moved = withPath(moved, name, place);
  }
  return moved;
}

interface Copy {
  readonly path: string;
  readonly supervision: Supervision;
}

/** Copies a file to the same path or, where that cannot be, to a place of its own; the value is where. */
async function copyIn(
  cache: Cache,
  request: RunRequest,
  {path, supervision}: Copy,
): Promise<string> {
  const stat = statOf(path);
  if (stat?.isFile() !== true) throw new CrcacheError('usage', `there is no file '${path}'`);
  const mode = (stat.mode & 0o7777n).toString(8);
  const ownPlace = `/tmp/crcache-${newNonce()}/${path.slice(path.lastIndexOf('/') + 1)}`;
  for (const place of [path, ownPlace]) {
    const start = planRun(cache, {
      instance: request.instance,
      user: request.user,
      words: ['sh', '-c', copying, 'sh', place, mode],
      terminal: 'off',
      isPlain: true,
      isAtTerminal: false,
    });
    const words = ['-c', 'exec "$@" <"$0" >/dev/null', path, start.program, ...start.words];
    const {status} = await supervise({...start, program: 'sh', words}, supervision);
    if (status === 0) return place;
    if (status !== cannotBe) break;
  }
  throw new CrcacheError('failed', `cannot copy '${path}' into '${request.instance}'`);
}

const cannotBe = 9;

/** Runs in the instance, with the file as its stdin. */
const copying = `{
  [ -d "\${1%/*}/" ] || mkdir -p -- "\${1%/*}"
  cat >"$1" && chmod "$2" "$1"
} 2>/dev/null || exit ${String(cannotBe)}`;

/** What is to be run, with another path wherever its words name this one. */
function withPath(request: RunRequest, name: string, place: string): RunRequest {
  if (name === place) return request;
  const escaped = name.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  const pattern = new RegExp(`(?<![A-Za-z0-9._/~-])${escaped}(?![A-Za-z0-9._/-])`, 'g');
  const replace = (text: string): string => text.replaceAll(pattern, () => place);
  return {
    ...request,
    words: request.words.map(replace),
    line: request.line && replace(request.line),
  };
}
