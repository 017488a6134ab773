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
