// run --files: files of this machine that the command is to find in the instance, under the same paths.

import {relative, resolve} from 'node:path';
import {CrcacheError} from '../errors.js';
import {statOf} from '../files.js';
import {newNonce} from '../store/worker.js';
import {isCode} from './block/parts.js';
import type {Cache} from './cache.js';
import {keepForRelease} from './copy/forget-copies.js';
import {nameOf} from './copy/side.js';
import {transfer} from './copy/transfer.js';
import type {RunRequest} from './run.js';
import {isSharingFiles} from './shares-files.js';

export interface FilesRequest extends RunRequest {
  readonly files: readonly string[];
}

/**
 * Copies the files in where the instance does not see them anyway, and says what is to be run then: words VAR=value
 * before the command are its environment, and a path that cannot be in the instance is another one in its words.
 */
export async function bringFiles(cache: Cache, request: FilesRequest): Promise<RunRequest> {
  const {settings = [], words, files, line, block} = request;
  const isSetting = (word: string): boolean => /^[A-Za-z_][A-Za-z0-9_]*=/.test(word);
  const start = [...words, ''].findIndex((word) => !isSetting(word));
  if (start === words.length && line === undefined && !isCode(block)) {
    throw new CrcacheError('usage', "COMMAND is missing after '--'");
  }
  const plain = {
    ...request,
    words: words.slice(start),
    settings: [...settings, ...words.slice(0, start)],
  };
  const {shares} = isSharingFiles(cache, request.instance);
  const {cwd} = cache.caller;
  let moved: RunRequest = plain;
  for (const file of files) {
    const path = resolve(cwd, file);
    if (statOf(path)?.isFile() !== true) {
      throw new CrcacheError('usage', `there is no file '${path}'`);
    }
    // A command that starts elsewhere than its caller is does not find a relative path.
    const place = shares ? path : await copyIn(cache, request, path);
    for (const name of namesOf(cwd, file)) moved = withPath(moved, name, place);
  }
  return moved;
}

/** How words may name a file. */
function namesOf(cwd: string, file: string): ReadonlySet<string> {
  const path = resolve(cwd, file);
  const short = relative(cwd, path);
  return new Set([file, path, short, `./${short}`]);
}

/** Copies a file to the same path or, where that cannot be, to a new directory; the value is where. */
async function copyIn(
  cache: Cache,
  {instance, user}: Pick<RunRequest, 'instance' | 'user'>,
  path: string,
): Promise<string> {
  const name = nameOf(path);
  const [from, to] = [
    {kind: 'here', paths: [path]},
    {kind: 'instance', instance, user, name},
  ] as const;
  const manner = {preserves: false, follows: true, excludes: []};
  try {
    const exact = {...to, path, nonce: newNonce(), isNew: false, isExact: true};
    await transfer(cache, {from, to: exact, ...manner});
    return path;
  } catch (error) {
    if (!(error instanceof CrcacheError)) throw error;
    const nonce = newNonce();
    const place = `/tmp/crcache-${nonce}`;
    keepForRelease(cache, instance, place);
    await transfer(cache, {from, to: {...to, path: place, nonce, isNew: true}, ...manner});
    return `${place}/${name}`;
  }
}

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
