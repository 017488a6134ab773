import {mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import * as assert from 'uvu/assert';
import {hooks, runTwice} from '../helpers/ready-made.js';
import {suite} from '../helpers/suite.js';

const test = suite('hooks that take snapshots');

test('btrfs-snapshot brings a subvolume back to how it was after provision', async (t) => {
  t.needs('run-parts', 'btrfs', 'mkfs.btrfs', 'unshare');
  const probe = await t.run('unshare', ['--mount', 'true']);
  if (probe.status !== 0) t.skip('nothing can be mounted here');
  t.write('image', '');
  mkdirSync(`${t.dir}/mnt`);
  const script = `
truncate -s 128M image && mkfs.btrfs -q image >/dev/null && mount -o loop image mnt || exit 77
set -eu
export SUBVOLUME=$PWD/mnt/box-0
twice() { for _ in 1 2; do run-parts --exit-on-error --arg=box-0 "$0/btrfs-snapshot/$1"; done; }
btrfs -q subvolume create mnt/box-0
echo first >mnt/box-0/file
twice provision.d
echo second >mnt/box-0/file
echo more >mnt/box-0/more
twice provision.d
twice release.d
cat mnt/box-0/file
ls mnt/box-0 mnt
# Cut off where it is between the old one and the new one.
echo third >mnt/box-0/file
btrfs -q subvolume snapshot mnt/box-0.checkpoint mnt/box-0.new
mv mnt/box-0 mnt/box-0.old
twice release.d
cat mnt/box-0/file
twice discard.d
ls mnt
`;
  const words = ['--mount', '--propagation', 'private', 'sh', '-c', script, hooks];
  const {status, stdout, stderr} = await t.run('unshare', words);
  if (status === 77) t.skip(`no btrfs can be mounted here: ${stderr}`);
  assert.is(status, 0, stderr);
  assert.equal(stdout.split('\n'), [
    ...[
      'first',
      'mnt:',
      'box-0',
      'box-0.checkpoint',
      '',
      'mnt/box-0:',
      'file',
      'first',
      'box-0',
      '',
    ],
  ]);
});

/** LVM's commands over a group that is a directory, and as strict: they stand in for a device mapper. */
const fakeLvm = {
  lvs: '[ -e "$1" ]',
  lvcreate:
    'while [ $# -gt 1 ]; do [ "$1" != --name ] || name=$2; shift; done; [ ! -e "vg/$name" ] && cp "$1" "vg/$name"',
  lvconvert: 'for last; do :; done; mv "$last" "${last%.checkpoint}"',
  lvremove: 'for last; do :; done; rm "$last"',
};

test('lvm-snapshot does what is left to do, also where it was cut off', async (t) => {
  t.needs('run-parts');
  for (const [name, code] of Object.entries(fakeLvm)) {
    t.write(`bin/${name}`, `#!/bin/sh -eu\n${code}\n`, 0o755);
  }
  const volume = t.write('vg/box-0', 'first');
  const now = (): string[] => [...readdirSync(`${t.dir}/vg`), readFileSync(volume, 'utf8')];
  const env = {PATH: `${t.dir}/bin:${t.env['PATH'] ?? ''}`, GROUP: 'vg', MOUNTED: ''};
  const twice = (phase: string): Promise<unknown> =>
    runTwice(t, `lvm-snapshot/${phase}.d`, {instance: 'box-0', env});
  await twice('provision');
  writeFileSync(volume, 'second');
  await twice('provision');
  await twice('release');
  assert.equal(now(), ['box-0', 'box-0.checkpoint', 'first']);
  // Cut off after the merge, which uses the checkpoint up.
  rmSync(`${volume}.checkpoint`);
  await twice('release');
  assert.equal(now(), ['box-0', 'box-0.checkpoint', 'first']);
  await twice('discard');
  assert.equal(now(), ['box-0', 'first']);
});

test('lvm-snapshot says commands that LVM understands', async (t) => {
  t.needs('run-parts', 'lvm');
  const env = {DRY_RUN: '1', GROUP: 'vg', MOUNTED: '/srv/box'};
  const said: string[] = [];
  for (const phase of ['provision.d', 'release.d', 'discard.d']) {
    const {stdout} = await runTwice(t, `lvm-snapshot/${phase}`, {instance: 'box-0', env});
    said.push(...stdout.trim().split('\n'));
  }
  const create =
    'lvcreate --quiet --yes --snapshot --extents 100%ORIGIN --name box-0.checkpoint vg/box-0';
  assert.equal(said, [
    create,
    'umount /srv/box',
    'lvconvert --quiet --yes --merge vg/box-0.checkpoint',
    create,
    'mount /dev/vg/box-0 /srv/box',
    'lvremove --quiet --yes vg/box-0.checkpoint',
  ]);
  // LVM checks its words before it looks for anything; what it then misses is the group 'vg'.
  for (const line of said.filter((each) => each.startsWith('lv'))) {
    const {status, stderr} = await t.run('lvm', [...line.split(' '), '--test']);
    assert.is(status === 0, false);
    assert.not.match(stderr, /invalid|unrecognized|matching syntax|usage/i, line);
    assert.match(stderr, /"?vg"? not found|device-mapper/i, line);
  }
});
