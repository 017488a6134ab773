// What is mounted for an instance, as sh code that runs in its new namespaces and prints the pid of their holder.

import {quote} from '../../quote.js';
import {type ChrootInstance, pathOf} from './keys.js';
import {isOrdinaryUser} from '../tree/tree.js';

/** Starts the holder first, for the first process of a pid namespace must stay; it ends again where a mount fails. */
export function mounting(
  instance: ChrootInstance,
  overlaid: readonly string[] | undefined,
): string {
  const {isolate} = instance.settings;
  const own = (namespace: string, code: string): string[] =>
    isolate.includes(namespace) ? [code] : [];
  return [
    'set -e',
    // As pid 1 it also buries processes that have lost their parents.
    `setsid sh -c 'while :; do sleep 1000000 & wait $!; done' </dev/null >/dev/null 2>&1 &`,
    'holder=$!',
    `trap 'kill -KILL $holder' EXIT`,
    `cd ${quote(pathOf(instance))}`,
    mountTree(overlaid),
    'cd root',
    `if [ -d proc ]; then ${isolate.includes('pid') ? 'mount -t proc proc proc' : 'mount --rbind /proc proc'}; fi`,
    'if [ -d sys ]; then mount --rbind /sys sys; fi',
    devices,
    ...own('uts', `hostname ${quote(instance.name)}`),
    ...own('net', 'if command -v ip >/dev/null; then ip link set lo up; fi'),
    'trap - EXIT',
    'echo $holder',
  ].join('\n');
}

function mountTree(overlaid: readonly string[] | undefined): string {
  if (overlaid === undefined) return 'mount --rbind root root';
  const options = [
    `lowerdir=${overlaid.map(escapeForOverlay).join(':')}`,
    'upperdir=upper,workdir=work',
    ...(isOrdinaryUser() ? ['userxattr'] : []),
  ];
  return `mount -t overlay overlay -o ${quote(options.join(','))} root`;
}

/** A path in the options of an overlay. */
export function escapeForOverlay(path: string): string {
  return path.replaceAll(/[\\:,]/g, (character) => `\\${character}`);
}

/** Only what is harmless, and not the machine's own /dev: a command that empties it empties its own. */
const devices = `if [ -d dev ]; then
  mount -t tmpfs -o mode=755,size=64k tmpfs dev
  mkdir dev/pts dev/shm
  cp -a /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty /dev/fd /dev/stdin /dev/stdout /dev/stderr dev/ 2>/dev/null || # who may make devices
    for each in null zero full random urandom tty; do : >dev/$each; mount --bind /dev/$each dev/$each; done
  mount --rbind /dev/pts dev/pts
  mount -t tmpfs -o mode=1777 tmpfs dev/shm
  ln -s pts/ptmx dev/
  # Not every machine has them as symlinks.
  [ -h dev/fd ] || ln -s /proc/self/fd dev/
  for each in stdin:0 stdout:1 stderr:2; do
    [ -h dev/\${each%:*} ] || ln -s /proc/self/fd/\${each#*:} dev/\${each%:*}
  done
fi`;
