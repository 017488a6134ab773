// Commands of another user on a host behind ssh, whom the user that logs in becomes by sudo.

import * as assert from 'uvu/assert';
import {readFileSync} from 'node:fs';
import {configure, discardAtEnd, succeed} from '../../helpers/configured.js';
import type {Sandbox} from '../../helpers/sandbox.js';
import {ownSeconds, processesWith, seeGone} from '../../helpers/sleepers.js';
import {startSshHosts} from '../../helpers/ssh-hosts.js';
import {suite} from '../../helpers/suite.js';

const test = suite('users of a host behind ssh');

/** An instance on a host that an ordinary user logs in to, whom sudo lets become daemon. */
async function enter(t: Sandbox): Promise<void> {
  const {addresses, lines} = await startSshHosts(t, 1);
  t.needs('sudo');
  t.write(
    'passwd',
    `${readFileSync('/etc/passwd', 'utf8')}visitor:*:54322:54322::/:/bin/sh\n`,
    0o644,
  );
  t.write('sudoers', 'visitor ALL=(daemon) NOPASSWD: ALL\n', 0o440);
  t.write('names', '127.0.0.1 localhost host0\n', 0o644);
  const code = `
    for each in . hosts hosts/host0 hosts/host0/root hosts/host0/root/.ssh; do chmod 711 $each; done
    chmod 644 hosts/host0/root/.ssh/authorized_keys
    nsenter --mount --target "$(cat hosts/host0/pid)" sh -c '
      mount --bind "$0/passwd" /etc/passwd && mount --bind "$0/sudoers" /etc/sudoers && mount --bind "$0/names" /etc/hosts' "$PWD"`;
  const {status, stderr} = await t.run('sh', ['-c', code]);
  assert.is(status, 0, stderr);
  configure(t, 'far', 'type=ssh', `ssh_host=visitor@${String(addresses[0])}`, ...lines);
  discardAtEnd(t);
  await succeed(t, 'acquire -s far');
}

test('are become by sudo, and what runs as them is ended, in a session of its own too', async (t) => {
  await enter(t);
  const show = 'id -un; echo "$CRCACHE_INSTANCE $HOME $1"; exit 7';
  const told = await t.crcache(['run', '-u', 'daemon', 'far-0', 'sh', '-c', show, 'sh', "it's  1"]);
  assert.equal(
    [told.stdout, told.status, told.stderr],
    ["daemon\nfar-0 /usr/sbin it's  1\n", 7, ''],
  );
  const mark = ownSeconds(t);
  t.atEnd(() => {
    for (const pid of processesWith(mark)) process.kill(Number(pid), 'SIGKILL');
  });

  const trapping = `trap 'echo told; exit 9' USR1; echo up; while :; do sleep 0.05; done`;
  const code = `
    mkfifo up; exec 3<>up; export CRCACHE_RUN_USER=daemon
    run=state/sources/far/instances/far-0/run
    (exec $run sh -c "$1" >up 2>said) & read -r _ <&3
    kill -s USR1 $!; read -r answer <&3; wait $!; echo "$answer $?"
    (exec $run sh -c "$2" >up 2>said) & read -r _ <&3
    kill -s KILL $!`;
  const left = `setsid -f sleep ${mark}; echo up; exec sleep ${mark}`;
  const {stdout, stderr} = await t.run('bash', ['-c', code, 'bash', trapping, left]);
  assert.is(stdout, 'told 9\n', stderr);
  await seeGone(mark, 2000);

  const late = await t.crcache([
    'run',
    '--timeout',
    '2',
    '-u',
    'daemon',
    'far-0',
    'sh',
    '-c',
    left,
  ]);
  assert.equal([late.stdout, late.status], ['up\n', 124]);
  await seeGone(mark, 2000);

  const apart = `setsid -f sleep ${mark} >/dev/null 2>&1`; // ssh waits for all who hold its output
  await t.crcache(['run', '-u', 'daemon', 'far-0', 'sh', '-c', apart]);
  assert.is(processesWith(mark).length, 1);
  await succeed(t, 'release far-0');
  assert.equal(processesWith(mark), []);
});

test('are known by the last line of a passwd that has no end, too', async (t) => {
  const {addresses, lines} = await startSshHosts(t, 1);
  const visitor = 'visitor:*:54322:54322::/:/bin/sh';
  const own = t.write('passwd', `${readFileSync('/etc/passwd', 'utf8')}${visitor}`, 0o644);
  const pid = readFileSync(`${t.dir}/hosts/host0/pid`, 'utf8').trim();
  await t.run('nsenter', ['-t', pid, '-m', 'mount', '--bind', own, '/etc/passwd']);
  configure(t, 'far', 'type=ssh', `ssh_host=root@${String(addresses[0])}`, ...lines);
  discardAtEnd(t);
  await succeed(t, 'acquire -s far');
  assert.is(await succeed(t, 'run -u visitor far-0 id -u'), '54322\n');
});

test('keep an instance from being given out where sudo does not let them be seen any more', async (t) => {
  await enter(t);
  await succeed(t, 'run -u daemon far-0 true');
  for (const user of ['root', 'no-such']) {
    const {status, stderr} = await t.crcache(['run', '-u', user, 'far-0', 'true']);
    const why = user === 'root' ? "cannot become user 'root'" : "there is no user 'no-such'";
    assert.is(status, 125);
    assert.match(stderr, `crcache: ${why}`);
  }
  t.write('sudoers', '\n', 0o440);
  const {stderr} = await t.crcache(['release', 'far-0']);
  assert.match(stderr, "cannot end what runs in 'far-0' as user 'daemon': ");
  assert.is(await succeed(t, 'list-instances --state broken'), 'far-0\n');
  t.write('sudoers', 'visitor ALL=(daemon) NOPASSWD: ALL\n', 0o440);
});
