// A directory into its copy by rsync, whose far side runs by the instance's run script.

import {CrcacheError} from '../../errors.js';
import {safe} from '../../output/safe.js';
import {inside} from '../around.js';
import type {Cache} from '../cache.js';
import {askSh} from '../copy/ends.js';
import type {Instance} from '../instance.js';
import {endHere, endIn} from './end.js';
import type {ImportRecord} from './record.js';

/** Fills a copy; false where not both sides have rsync. */
export async function bringByRsync(
  cache: Cache,
  instance: Instance,
  {local, remote}: ImportRecord,
): Promise<boolean> {
  const here = endHere(instance);
  for (const end of [here, endIn(instance)]) {
    const {status} = await askSh(cache, end, {words: ['-c', 'command -v rsync >/dev/null']});
    if (status !== 0) return false;
  }
  const files = ['-s', '-rlptHS', '--specials', '--chmod=ug-s', '-e', wayInto(cache, instance)];
  const words = ['-c', 'exec rsync "$@"', 'sh', ...files, `${local}/`, `instance:${remote}/`];
  const {status, stderr} = await askSh(cache, here, {words});
  if (status === 0) return true;
  const [first = ''] = stderr.split('\n').map((line) => line.replace(/^rsync: /, ''));
  const why = first === '' ? `rsync ended with status ${String(status)}` : first;
  throw new CrcacheError('failed', `cannot copy to '${remote}': ${safe(why)}`);
}

/** A shell for rsync, which splits it at blanks, and puts the name of a host before what is to be run. */
function wayInto(cache: Cache, instance: Instance): string {
  const settings = Object.entries(inside(cache, instance, 'plain')).map(([key, value]) =>
    quoted(`${key}=${value}`),
  );
  const run = quoted(`${instance.facts.directory}/run`);
  return ['env', ...settings, 'sh', '-c', quoted('shift; exec "$0" "$@"'), run].join(' ');
}

/** As rsync reads quotes. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", "''")}'`;
}
