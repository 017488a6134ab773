// What tests leave on a machine beside processes: what they mount and plug, what holds instances, and files.

import {readdirSync, readFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';

/** All that is there now, a line each; what is not ours is in it too. */
export function listThings(): string[] {
  const mounts = linesOf('/proc/self/mountinfo').map((line) => line.split(' ')[4] ?? '');
  const loops = namesIn('/sys/block').flatMap((name) =>
    linesOf(`/sys/block/${name}/loop/backing_file`),
  );
  const directories = [...new Set([tmpdir(), '/dev/shm', '/run', '/var/tmp'])];
  const files = directories.flatMap((each) => namesIn(each).map((name) => `${each}/${name}`));
  return [
    ...naming('mount', mounts.filter(isOurs)),
    ...naming('loop device over', loops),
    // 'control' is the driver's own: it comes when that is first asked for, and stays.
    ...naming(
      'device',
      namesIn('/dev/mapper').filter((name) => name !== 'control'),
    ),
    ...naming('network device', namesIn('/sys/class/net')),
    ...naming('network namespace', namesIn('/run/netns')),
    ...naming('control group', controlGroups(isOfContainer)),
    ...naming('session of schroot', namesIn('/var/lib/schroot/session')),
    ...naming('file', files.filter(isOurs)),
  ];
}

const isOurs = (name: string): boolean => /\/\.?crcache/.test(name);

function naming(kind: string, names: readonly string[]): string[] {
  return names.map((name) => `${kind} '${name}'`);
}

/** By whatever engine. */
const isOfContainer = (name: string): boolean => /crcache|^libpod-|^[0-9a-f]{64}$/.test(name);

/** The topmost groups with such names; those of others come and go meanwhile. */
export function controlGroups(
  isMeant: (name: string) => boolean,
  directory = '/sys/fs/cgroup',
): string[] {
  return namesIn(directory, 'directories').flatMap((name) => {
    const whole = path.join(directory, name);
    return isMeant(name) ? [whole] : controlGroups(isMeant, whole);
  });
}

/** The names in a directory; none where there is none, or where it has just gone. */
function namesIn(directory: string, kind: 'all' | 'directories' = 'all'): string[] {
  try {
    const entries = readdirSync(directory, {withFileTypes: true});
    return entries.filter((entry) => kind === 'all' || entry.isDirectory()).map(({name}) => name);
  } catch {
    return [];
  }
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').trim().split('\n');
  } catch {
    return [];
  }
}
