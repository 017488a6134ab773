// A small golden tree: busybox under all of its names, and dash as its sh, for that of busybox ignores some signals.

import * as assert from 'uvu/assert';
import {execFileSync} from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  lstatSync,
  mkdirSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import {unmountAtEnd} from './mounted.js';
import {findProgram} from './programs.js';
import type {Sandbox} from './sandbox.js';

const directories = ['bin', 'dev', 'etc', 'proc', 'root', 'sys', 'tmp', 'usr/bin', 'var'];

/** Makes the tree in an empty or missing directory. */
export function makeGolden(t: Sandbox, directory: string): void {
  t.needs('busybox', 'dash', 'ldd');
  const busybox = findProgram('busybox') ?? '';
  for (const each of directories) mkdirSync(`${directory}/${each}`, {recursive: true, mode: 0o755});
  copyFileSync(busybox, `${directory}/bin/busybox`);
  const names = execFileSync(busybox, ['--list'], {encoding: 'utf8'}).trim().split('\n');
  for (const name of names.filter((each) => each !== 'busybox')) {
    symlinkSync('busybox', `${directory}/bin/${name}`);
  }
  addProgram(directory, 'dash');
  rmSync(`${directory}/bin/sh`);
  renameSync(`${directory}/bin/dash`, `${directory}/bin/sh`);
  writeUsers(directory);
}

/** Puts a program of this machine into the tree, with the libraries that it needs. */
export function addProgram(directory: string, name: string): void {
  const program = realpathSync(findProgram(name) ?? '');
  copyFileSync(program, `${directory}/bin/${name}`);
  const libraries = execFileSync('ldd', [program], {encoding: 'utf8'}).match(/\/[^ ]+/g) ?? [];
  for (const library of libraries) {
    mkdirSync(path.dirname(`${directory}${library}`), {recursive: true, mode: 0o755});
    copyFileSync(library, `${directory}${library}`);
  }
}

/** Mounts a btrfs of its own, with an empty subvolume of this name; the value is the path of that. */
export function onBtrfs(t: Sandbox, directory: string, name: string): string {
  t.needs('btrfs', 'mkfs.btrfs');
  const image = `${directory}.image`;
  execFileSync('truncate', ['-s', '128M', image]);
  execFileSync('mkfs.btrfs', ['-q', image]);
  mkdirSync(directory);
  execFileSync('mount', ['-o', 'loop', image, directory]);
  unmountAtEnd(t, directory);
  execFileSync('btrfs', ['subvolume', 'create', `${directory}/${name}`], {stdio: 'ignore'});
  return `${directory}/${name}`;
}

function writeUsers(directory: string): void {
  const users = ['root:x:0:0:root:/root:/bin/sh', 'nobody:x:65534:65534:nobody:/:/bin/sh', ''];
  writeFileSync(`${directory}/etc/passwd`, users.join('\n'), {mode: 0o644});
  writeFileSync(`${directory}/etc/group`, 'root:x:0:\nnogroup:x:65534:\n', {mode: 0o644});
}

/** What tells one state of a tree from another: names, modes, sizes, times of writing and contents. */
export function fingerprint(directory: string): string {
  const code =
    'cd "$0" && find . -printf "%p %m %s %T@ %l\\n" | sort; find . -type f | sort | xargs cat | cksum';
  return execFileSync('sh', ['-c', code, directory], {encoding: 'utf8', maxBuffer: 1 << 26});
}

/** Makes a golden tree that must be as it was when the test is over. */
export function makeWatchedGolden(t: Sandbox, directory: string): void {
  makeGolden(t, directory);
  const before = fingerprint(directory);
  t.atEnd(() => {
    assert.is(fingerprint(directory), before, 'the golden tree is as it was');
  });
}

/** Makes a tree that has nothing of its own but links into /usr; it is whole where this machine's /usr is imported. */
export function makeUsrTree(t: Sandbox, directory: string): void {
  if (!lstatSync('/bin').isSymbolicLink()) t.skip('needs a system with all programs in /usr');
  for (const each of ['dev', 'etc', 'proc', 'root', 'sys', 'usr', 'var']) {
    mkdirSync(`${directory}/${each}`, {recursive: true, mode: 0o755});
  }
  mkdirSync(`${directory}/tmp`);
  chmodSync(`${directory}/tmp`, 0o1777);
  for (const each of ['bin', 'lib', 'lib64', 'sbin']) {
    symlinkSync(`usr/${each}`, `${directory}/${each}`);
  }
  writeUsers(directory);
}

/** Makes such a tree that is a Debian system as well, with a user of its own; it has /var/lib/dpkg from this machine. */
export function makeDebianTree(t: Sandbox, directory: string): void {
  t.needs('dpkg');
  makeUsrTree(t, directory);
  for (const each of ['home/user', 'run/lock', 'var/cache/apt', 'var/lib/dpkg', 'etc/apt']) {
    mkdirSync(`${directory}/${each}`, {recursive: true, mode: 0o755});
  }
  symlinkSync('../run/lock', `${directory}/var/lock`);
  for (const each of ['alternatives', 'login.defs', 'pam.d', 'security']) {
    cpSync(`/etc/${each}`, `${directory}/etc/${each}`, {recursive: true, verbatimSymlinks: true});
  }
  const users = [
    'user:x:1000:1000::/home/user:/bin/sh',
    'sbuild:x:999:999::/:/bin/sh',
    'sshd:x:998:65534::/run/sshd:/usr/sbin/nologin',
    '',
  ];
  appendFileSync(`${directory}/etc/passwd`, users.join('\n'));
  appendFileSync(`${directory}/etc/group`, 'user:x:1000:\nsbuild:x:999:\n');
  const day = '*:19000:0:99999:7:::';
  writeFileSync(`${directory}/etc/shadow`, `root:${day}\nuser:${day}\n`, {mode: 0o600});
  chownSync(`${directory}/home/user`, 1000, 1000);
}
