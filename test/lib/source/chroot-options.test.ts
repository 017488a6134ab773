// Where a chroot's tree comes from and how it is made: what its source.conf may say beside the usual.

import * as assert from 'uvu/assert';
import {execFileSync} from 'node:child_process';
import {mkdirSync} from 'node:fs';
import {configure, discardAtEnd, succeed} from '../../helpers/configured.js';
import {makeGolden, onBtrfs} from '../../helpers/golden.js';
import {namesIn} from '../../helpers/invariants.js';
import {unmountAtEnd} from '../../helpers/mounted.js';
import {pathWithout} from '../../helpers/path-without.js';
import type {Sandbox} from '../../helpers/sandbox.js';
import {suite} from '../../helpers/suite.js';

const test = suite('options of a chroot');

function prepare(t: Sandbox, ...lines: readonly string[]): void {
  if (process.getuid?.() !== 0) t.skip('needs root');
  t.needs('unshare', 'nsenter');
  configure(t, 's', 'type=chroot', ...lines);
  discardAtEnd(t);
}

test('its tree may be an archive that zstd has packed; where there is no zstd, that is said', async (t) => {
  t.needs('zstd');
  prepare(t, `root=${t.dir}/tree.tar.zst`);
  makeGolden(t, `${t.dir}/golden`);
  execFileSync('tar', ['-C', `${t.dir}/golden`, '--zstd', '-cf', `${t.dir}/tree.tar.zst`, '.']);
  const env = {...t.env, PATH: pathWithout(t, 'zstd')};
  const {status, stderr} = await t.crcache(['acquire', '-s', 's'], {env});
  assert.is(status, 1);
  assert.match(stderr, /cannot unpack '.*tree\.tar\.zst': .*zstd/);
  await succeed(t, 'acquire -s s');
  assert.is(await succeed(t, 'run s-0 cat /etc/group'), 'root:x:0:\nnogroup:x:65534:\n');
});

test('a program unpacked from an archive can do what it could', async (t) => {
  t.needs('setcap', 'getcap');
  prepare(t, `root=${t.dir}/tree.tar`);
  makeGolden(t, `${t.dir}/golden`);
  execFileSync('setcap', ['cap_net_raw+ep', `${t.dir}/golden/bin/busybox`]);
  const words = ['--xattrs', '-cf', `${t.dir}/tree.tar`, '.'];
  execFileSync('tar', ['-C', `${t.dir}/golden`, ...words]);
  await succeed(t, 'acquire -s s');
  const [golden = ''] = (
    await t.run('find', [t.dir, '-path', '*/golden-*/bin/busybox'])
  ).stdout.split('\n');
  const able = execFileSync('getcap', [golden], {encoding: 'utf8'});
  assert.match(able, 'cap_net_raw=ep');
});

test('method=reflink shares what files hold, where the file system can; where not, that is said', async (t) => {
  prepare(t, `root=${t.dir}/shm/golden`, 'method=reflink', `directory=${t.dir}/shm/made`);
  mkdirSync(`${t.dir}/shm`);
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', `${t.dir}/shm`]);
  unmountAtEnd(t, `${t.dir}/shm`);
  makeGolden(t, `${t.dir}/shm/golden`);
  const {status, stderr} = await t.crcache(['acquire', '-s', 's']);
  assert.is(status, 1);
  const said =
    "^crcache: cannot provision 's-0': method=reflink does not work from '.*/golden' to ";
  assert.match(stderr, new RegExp(`${said}'.*/made/.*': Operation not supported\n`));
  assert.match(stderr, 'hint: method=auto takes the best that does');
  assert.equal(namesIn(`${t.dir}/shm/made`), []);

  const golden = onBtrfs(t, `${t.dir}/btrfs`, 'golden');
  makeGolden(t, golden);
  configure(t, 's', `type=chroot`, `root=${golden}`, 'method=reflink', `directory=${golden}.made`);
  await succeed(t, 'acquire -s s');
  await succeed(t, 'run s-0 rm /etc/group');
  await succeed(t, 'reset-instance s-0');
  assert.is(await succeed(t, 'run s-0 ls /etc'), 'group\npasswd\n');
  await succeed(t, 'discard-instance --force s-0');
});

/** Runs words, and then stays: all that they leave behind has it for a parent, which never asks how that has ended. */
const careless = `
import ctypes, glob, os, subprocess, sys
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
subprocess.run(["crcache", "acquire", "-s", "s"], check=True)
pid = int(open(glob.glob(sys.argv[1])[0]).read().split()[0])
os.kill(pid, 9)
while open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[0] != "Z": pass
sys.exit(subprocess.run(["crcache", "run", "s-0", "true"]).returncode)
`;

test('one whose holder is a zombie is gone', async (t) => {
  t.needs('python3');
  prepare(t, `root=${t.dir}/golden`);
  makeGolden(t, `${t.dir}/golden`);
  const holder = `${t.dir}/crcache-chroot/*/s-0.*/holder`;
  const {status, stderr} = await t.run('python3', ['-c', careless, holder]);
  assert.equal([status, stderr], [125, 'crcache: s-0 is gone\n']);
});

test('what is wrong with its tree or its place is said, and leaves nothing', async (t) => {
  prepare(t, `root=${t.dir}/half.tar.gz`);
  makeGolden(t, `${t.dir}/golden`);
  const code = 'tar -C "$0/golden" -cz . | head -c 5000 >"$0/half.tar.gz"; : >"$0/file"';
  execFileSync('sh', ['-c', code, t.dir]);
  const golden = `root=${t.dir}/golden`;
  for (const [lines, why] of [
    [[`root=${t.dir}/half.tar.gz`], /cannot unpack '.*half\.tar\.gz': \S/],
    [[`root=${t.dir}/none`], /there is no tree or archive '.*none'/],
    [[golden, `directory=${t.dir}/file`], /cannot use '.*file': it is no directory/],
    [[golden, 'method=btrfs'], /cannot make a snapshot .*\nhint: it must be a subvolume/],
  ] as const) {
    configure(t, 's', 'type=chroot', ...lines);
    const {stderr} = await t.crcache(['acquire', '-s', 's']);
    assert.match(stderr, why);
    assert.not.match(stderr, 'cannot discard');
    assert.is(await succeed(t, 'list-instances'), '');
  }
});

test('one whose overlay somebody has unmounted is dead, and so is one whose tree is gone', async (t) => {
  prepare(t, `root=${t.dir}/golden`, 'method=overlay');
  makeGolden(t, `${t.dir}/golden`);
  await succeed(t, 'acquire -s s');
  const unmounting =
    'read -r pid rest <"$(echo "$0"/crcache-chroot/*/s-0.*/holder)"; nsenter -t "$pid" -m umount -l "$(echo "$0"/crcache-chroot/*/s-0.*)/root"';
  execFileSync('sh', ['-c', unmounting, t.dir]);
  assert.is((await t.crcache(['check-instance', 's-0'])).status, 1);
  await succeed(t, 'release s-0');
  await succeed(t, 'discard-instance -s s --all');

  configure(t, 's', 'type=chroot', `root=${t.dir}/golden`, 'method=copy');
  await succeed(t, 'acquire -s s');
  execFileSync('sh', ['-c', 'rm -rf "$0"/crcache-chroot/*/s-0.*/root', t.dir]);
  const lost = await t.crcache(['run', 's-0', 'true']);
  assert.equal([lost.status, lost.stderr], [125, 'crcache: the tree of s-0 is gone\n']);
  execFileSync('sh', ['-c', 'rm -rf "$0"/crcache-chroot/*/s-0.*/*', t.dir]);
  const gone = await t.crcache(['run', 's-0', 'true']);
  assert.equal([gone.status, gone.stderr], [125, 'crcache: s-0 is gone\n']);
});

test('a line that makes no tree is named, with what it said', async (t) => {
  for (const [line, why] of [
    ["echo 'no space' >&2; exit 3", "'provision_command' ended with status 3: no space"],
    [
      "head -c 150000000 /dev/zero; echo 'no space' >&2; exit 3",
      "'provision_command' ended with status 3: no space",
    ],
    ['false', "'provision_command' ended with status 1"],
    ['rmdir %{root}', "'provision_command' left no directory '/"],
  ] as const) {
    prepare(t, `provision_command='${line.replaceAll("'", '"')}'`);
    const {status, stderr} = await t.crcache(['acquire', '-s', 's']);
    assert.is(status, 1);
    assert.match(stderr, `crcache: cannot provision 's-0': ${why}`);
  }
});

test('a place that is read-only is named, once', async (t) => {
  prepare(t, `root=${t.dir}/golden`, `directory=${t.dir}/place`);
  makeGolden(t, `${t.dir}/golden`);
  mkdirSync(`${t.dir}/place`);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', `${t.dir}/place`]);
  unmountAtEnd(t, `${t.dir}/place`);
  const {status, stderr} = await t.crcache(['acquire', '-s', 's']);
  assert.is(status, 1);
  assert.match(stderr, /^crcache: cannot use '.*\/place\/[a-z0-9]+': read-only file system\n$/);
});
