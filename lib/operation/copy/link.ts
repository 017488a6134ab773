// cp --link and --symlink: where an instance sees the files of this machine, they need no copying.

import {resolve} from 'node:path';
import {CrcacheError} from '../../errors.js';
import {askProgram} from '../../exec.js';
import {safe} from '../../output/safe.js';
import {linkCommand} from '../../copy/link-script.js';
import type {Cache} from '../cache.js';
import {planRun} from '../run.js';
import {isSharingFiles} from '../shares-files.js';
import {nameOf} from './side.js';
import type {From, To} from './transfer.js';

export interface LinkRequest {
  readonly from: From;
  readonly to: To & {readonly instance?: string};
  readonly links: 'link' | 'symlink';
  readonly follows: boolean;
  readonly excludes: readonly string[];
}

export async function linkFiles(
  cache: Cache,
  {from, to, links, follows, excludes}: LinkRequest,
): Promise<void> {
  const option = `--${links}`;
  if (from.kind !== 'here' || to.instance === undefined) {
    throw new CrcacheError('usage', `${option} is for files of this machine that an instance sees`);
  }
  const other = follows ? '--dereference' : excludes.length > 0 ? '--exclude' : undefined;
  if (other !== undefined) {
    throw new CrcacheError('usage', `options '${option}' and '${other}' contradict each other`);
  }
  if (!isSharingFiles(cache, to.instance).shares) {
    throw new CrcacheError(
      'failed',
      `'${to.instance}' does not share a file system with this machine`,
      `copy without ${option}`,
    );
  }
  const paths = from.paths.map((path) => {
    const absolute = resolve(cache.caller.cwd, path);
    return nameOf(path) === '.' ? `${absolute}/.` : absolute;
  });
  const words = ['sh', ...linkCommand(paths, to, links)];
  const start = planRun(cache, {
    instance: to.instance,
    words,
    terminal: 'off',
    isPlain: true,
    isAtTerminal: false,
  });
  const {status, stderr} = await askProgram(start.program, start.words, start);
  if (status === 0) return;
  const [first = `status ${String(status)}`] = stderr
    .split('\n')
    .map((line) => line.replace(/^(cp|ln): /, ''));
  throw new CrcacheError('failed', `cannot make links in '${to.instance}': ${safe(first)}`);
}
