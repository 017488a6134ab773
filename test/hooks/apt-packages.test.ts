import {spawn} from 'node:child_process';
import {createHash} from 'node:crypto';
import {chmodSync, existsSync, mkdirSync, readFileSync} from 'node:fs';
import * as assert from 'uvu/assert';
import {configure, succeed} from '../helpers/configured.js';
import {killGroup} from '../helpers/programs.js';
import {runTwice} from '../helpers/ready-made.js';
import type {Sandbox} from '../helpers/sandbox.js';
import {suite} from '../helpers/suite.js';
import {linesOf} from '../helpers/world.js';

const test = suite('hooks that install packages');

/** What is in the repository, and what each package is besides its name: all hold a program that greets. */
const packages = {
  greeting: 'Depends: polite\n',
  polite: '',
  vital: 'Essential: yes\n',
  helper: '',
  orphan: '',
};

/** The repository; its directory. */
async function makeAptRepository(t: Sandbox): Promise<string> {
  const entries: string[] = [];
  mkdirSync(`${t.dir}/repo`);
  for (const [name, fields] of Object.entries(packages)) {
    const control = `Package: ${name}\nVersion: 1\nArchitecture: all\nMaintainer: x\nDescription: x\n${fields}`;
    t.write(`${name}/DEBIAN/control`, control);
    t.write(`${name}/usr/bin/${name}`, '#!/bin/sh\necho hello\n', 0o755);
    for (const part of ['', '/DEBIAN', '/usr', '/usr/bin'])
      chmodSync(`${t.dir}/${name}${part}`, 0o755);
    const file = `${t.dir}/repo/${name}.deb`;
    const words = ['--root-owner-group', '--build', `${t.dir}/${name}`, file];
    const {stderr} = await t.run('dpkg-deb', words);
    assert.is(stderr, '');
    const bytes = readFileSync(file);
    const hash = createHash('sha256').update(bytes).digest('hex');
    entries.push(
      `${control}Filename: ./${name}.deb\nSize: ${String(bytes.length)}\nSHA256: ${hash}\n`,
    );
  }
  t.write('repo/Packages', entries.join('\n'), 0o644);
  return `${t.dir}/repo`;
}

/** This machine below an overlay, in a mount namespace of its own that goes with its last process. */
const holder = `#!/bin/sh -eu
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o lowerdir=/,upperdir="$1/upper",workdir="$1/work" "$1/root"
mount --rbind /dev "$1/root/dev"
mount -t proc proc "$1/root/proc"
# It knows the one repository, and has not read its list yet.
cp -r "$2" "$1/root/repo"
rm -rf "$1/root"/etc/apt/sources.list.d/* "$1/root"/var/lib/apt/lists/*
echo 'deb [trusted=yes] file:/repo ./' >"$1/root/etc/apt/sources.list"
# Two packages are there without having been asked for, and nobody needs them.
chroot "$1/root" sh -ec 'dpkg --install /repo/helper.deb /repo/orphan.deb; apt-mark auto helper orphan' >&2
echo "$1/root"
exec sleep 600 >&-
`;

/** Starts a program that goes on until the test ends; its pid, and the first line that it prints. */
async function firstLine(
  t: Sandbox,
  program: string,
  words: readonly string[],
): Promise<{pid: number | undefined; line: string}> {
  const child = spawn(program, words, {
    env: t.env,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  t.atEnd(() => {
    killGroup(child);
  });
  let text = '';
  for await (const piece of child.stdout) {
    text += String(piece);
    if (text.includes('\n')) break;
  }
  return {pid: child.pid, line: text.split('\n')[0] ?? ''};
}

test(
  'apt-packages installs packages and removes them, in an instance with files of its own',
  {timeLimitMs: 120_000},
  async (t) => {
    t.needs('run-parts', 'apt-get', 'dpkg-deb', 'unshare', 'nsenter');
    if (process.getuid?.() !== 0) t.skip('only root installs packages');
    const repo = await makeAptRepository(t);
    const script = t.write('holder', holder, 0o755);
    mkdirSync(`${t.dir}/mnt`);
    const words = ['--mount', '--propagation', 'private', script, `${t.dir}/mnt`, repo];
    const {pid, line} = await firstLine(t, 'unshare', words);
    if (line === '') t.skip('nothing can be mounted here');
    const way = `nsenter --target ${String(pid)} --mount -- chroot ${line}`;
    configure(t, 'box', 'type=command', `run_command=${way}`);
    await succeed(t, 'acquire -s box');
    const marks = async (): Promise<string[]> => {
      const kinds = ['manual', 'auto'];
      const lists = kinds.map((kind) => succeed(t, `run box-0 apt-mark show${kind}`));
      return (await Promise.all(lists)).flatMap((list, kind) =>
        linesOf(list).map((name) => `${kinds[kind] ?? ''} ${name}`),
      );
    };
    const before = await marks();
    const changes = async (): Promise<string[]> => {
      const after = await marks();
      const gone = before.filter((mark) => !after.includes(mark)).map((mark) => `not ${mark}`);
      return [...gone, ...after.filter((mark) => !before.includes(mark))];
    };
    const env = {PACKAGES: 'greeting helper'};
    await runTwice(t, 'apt-packages/provision.d', {instance: 'box-0', env});
    assert.is(await succeed(t, 'run box-0 greeting'), 'hello\n');
    await runTwice(t, 'apt-packages/discard.d', {instance: 'box-0', env});
    assert.is((await t.crcache(['run', 'box-0', 'greeting'])).status, 127);
    assert.equal(await changes(), []);
    // What Debian lets nobody remove stays, and is in nobody's way.
    const more = {PACKAGES: 'greeting vital'};
    await runTwice(t, 'apt-packages/provision.d', {instance: 'box-0', env: more});
    await runTwice(t, 'apt-packages/discard.d', {instance: 'box-0', env: more});
    assert.equal(await changes(), ['manual vital']);
    assert.is(existsSync('/usr/bin/greeting'), false, 'this machine is as it was');
  },
);
