// A chroot of this machine's schroot. Its configuration has one place, for all that run tests here: it has a name of its
// own for each process, and goes with its sandbox.

import {chmodSync, rmSync, writeFileSync} from 'node:fs';
import {makeGolden} from './golden.js';
import type {Sandbox} from './sandbox.js';

export const chrootName = `crcache-test-${String(process.pid)}`;

/** Defines a chroot over a small golden tree; each session has an overlay over that, and of this machine what all need. */
export function defineChroot(t: Sandbox, line = 'union-type=overlay'): void {
  makeGolden(t, `${t.dir}/golden`);
  chmodSync(`${t.dir}/golden/tmp`, 0o1777);
  const file = `/etc/schroot/chroot.d/${chrootName}`;
  const fstab = t.write(
    'fstab',
    '/proc /proc none rw,bind 0 0\n/dev /dev none rw,bind 0 0\n/dev/pts /dev/pts none rw,bind 0 0\n',
  );
  const lines = [
    ...[`[${chrootName}]`, 'type=directory', `directory=${t.dir}/golden`, line],
    ...['users=root,nobody', 'profile=', `setup.fstab=../..${fstab}`],
    ...['setup.copyfiles=', 'setup.nssdatabases=', ''],
  ];
  t.atEnd(() => {
    rmSync(file, {force: true});
  });
  writeFileSync(file, lines.join('\n'));
}
