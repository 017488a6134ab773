// Who a user is says the instance's own tree, wherever its files really are.

import * as assert from 'uvu/assert';
import {appendFileSync, mkdirSync, renameSync, symlinkSync, unlinkSync} from 'node:fs';
import {preparePodman} from '../../helpers/engines.js';
import {configure, discardAtEnd, succeed} from '../../helpers/configured.js';
import {addProgram, makeGolden} from '../../helpers/golden.js';
import type {Sandbox} from '../../helpers/sandbox.js';
import {ownSeconds, seeGone} from '../../helpers/sleepers.js';
import {suite} from '../../helpers/suite.js';

const test = suite('users of a tree');

interface Kind {
  readonly lines: readonly string[];
  readonly needs: readonly string[];
  /** What commands are in beside the group of their user. */
  readonly groups: string;
  readonly before?: (t: Sandbox) => Promise<void>;
  readonly change?: (golden: string) => void;
}

/** GOLDEN stands for the tree. */
const kinds = {
  chroot: {lines: ['type=chroot', 'root=GOLDEN'], needs: ['unshare', 'nsenter'], groups: ' 77'},
  'chroot with more namespaces': {
    lines: ['type=chroot', 'root=GOLDEN', 'isolate=mount,pid'],
    needs: ['unshare', 'nsenter'],
    groups: ' 77',
  },
  lxc: {lines: ['type=lxc', 'rootfs=GOLDEN'], needs: ['lxc-start'], groups: ' 77'},
  'lxc with setpriv of util-linux': {
    lines: ['type=lxc', 'rootfs=GOLDEN'],
    needs: ['lxc-start'],
    groups: ' 77',
    change: (golden: string) => {
      unlinkSync(`${golden}/bin/setpriv`); // busybox'
      addProgram(golden, 'setpriv');
    },
  },
  'lxc without su': {
    lines: ['type=lxc', 'rootfs=GOLDEN'],
    needs: ['lxc-start'],
    groups: '',
    change: (golden: string) => {
      for (const each of ['su', 'setpriv']) unlinkSync(`${golden}/bin/${each}`);
    },
  },
  podman: {
    lines: ['type=container', 'engine=podman', 'rootfs=GOLDEN', 'args=--network none'],
    needs: ['podman', 'runc'],
    groups: ' 77',
    before: preparePodman,
  },
} satisfies Readonly<Record<string, Kind>>;

for (const [name, kind] of Object.entries(kinds).filter(([name]) => name.startsWith('lxc'))) {
  test(`have the terminal that is made for them, by ${name}`, async (t) => {
    await enter(t, kind);
    const code = '[ -O /proc/self/fd/0 ] && : <>/proc/self/fd/0 && echo theirs';
    const {status, stdout} = await t.crcache(['run', '-t', '-u', 'bob', 's-0', 'sh', '-c', code]);
    assert.equal([status, stdout.trim()], [0, 'theirs']);
  });
}

test('have their statuses told where they may write to /var/tmp alone', async (t) => {
  await enter(t, kinds.lxc);
  // Who is in no other group is become by lxc-attach itself, and notes the status.
  const code = `echo carl:x:1235:1235::/var:/bin/sh >>/own/passwd
    chmod 700 /tmp /dev/shm; mkdir -p /var/tmp; chmod 1777 /var/tmp`;
  assert.is((await t.crcache(['run', 's-0', 'sh', '-c', code])).status, 0);
  const {status, stderr} = await t.crcache(['run', '-u', 'carl', 's-0', 'sh', '-c', 'exit 1']);
  assert.equal([status, stderr], [1, '']);
  assert.is(await succeed(t, 'run s-0 ls -A /var/tmp'), '');
});

/** An instance over a tree that has bob, who is in another group too. */
async function enter(t: Sandbox, {lines, needs, before, change}: Kind): Promise<void> {
  if (process.getuid?.() !== 0) t.skip('needs root');
  t.needs(...needs);
  await before?.(t);
  const golden = `${t.dir}/golden`;
  makeGolden(t, golden);
  appendFileSync(`${golden}/etc/passwd`, 'bob:x:1234:1234:bob:/var:/bin/sh\n');
  appendFileSync(`${golden}/etc/group`, 'bob:x:1234:\nteam:x:77:root,bob\nband:x:78:bobby\n');
  change?.(golden);
  // On this machine there is no such path, and another one leads to another passwd.
  mkdirSync(`${golden}/own`);
  for (const file of ['passwd', 'group']) {
    renameSync(`${golden}/etc/${file}`, `${golden}/own/${file}`);
    symlinkSync(`/own/${file}`, `${golden}/etc/${file}`);
  }
  configure(t, 's', ...lines.map((line) => line.replace('GOLDEN', golden)));
  discardAtEnd(t);
  await succeed(t, 'acquire -s s');
}

for (const [name, kind] of Object.entries(kinds)) {
  test(`are those of its own passwd and group, though these are symlinks: ${name}`, async (t) => {
    await enter(t, kind);
    const told = await t.crcache(['run', '-u', 'bob', 's-0', 'sh', '-c', 'id -un; id -G; pwd']);
    assert.equal([told.status, told.stdout], [0, `bob\n1234${kind.groups}\n/var\n`], told.stderr);
    const {status, stderr} = await t.crcache(['run', '-u', 'daemon', 's-0', 'true']);
    assert.equal([status, stderr], [125, "crcache: there is no user 'daemon'\n"]);
  });
}

for (const more of ['isolate=mount', 'isolate=pid', 'isolate=pid\nrun_command=chroot %{root}']) {
  const way = more.replace('\n', ', ');
  test(`have their commands end when their client is killed: chroot, ${way}`, async (t) => {
    await enter(t, {...kinds.chroot, lines: [...kinds.chroot.lines, ...more.split('\n')]});
    for (const user of ['root', 'nobody', 'bob']) {
      const mark = ownSeconds(t);
      const code = `
        mkfifo up; exec 3<>up
        (exec crcache run -u ${user} s-0 sh -c 'echo up; exec sleep ${mark}' >up 2>said) &
        read -r _ <&3
        kill -s KILL $!; wait $!; echo $?; rm up`;
      const {stdout, stderr} = await t.run('bash', ['-c', code]);
      assert.is(stdout, '137\n', stderr);
      await seeGone(mark, 2000);
    }
  });
}
