// ssh-config: ssh itself, and what calls it, in instances.

import * as assert from 'uvu/assert';
import {existsSync, mkdirSync, readdirSync} from 'node:fs';
import {configure, discardAtEnd, succeed} from '../helpers/configured.js';
import {makeDebianTree, makeGolden} from '../helpers/golden.js';
import {until} from '../helpers/held.js';
import {useInstances} from '../helpers/in-use.js';
import {findLeftOver, findMarked} from '../helpers/left-over.js';
import {killGroup} from '../helpers/programs.js';
import type {Sandbox} from '../helpers/sandbox.js';
import {startSshHosts} from '../helpers/ssh-hosts.js';
import {suite} from '../helpers/suite.js';

const test = suite('ssh-config');

async function writeConfig(t: Sandbox, ...names: readonly string[]): Promise<void> {
  await t.run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', 'key']);
  t.write('ssh.config', await succeed(t, ['ssh-config --key key', ...names].join(' ')));
}

async function ssh(t: Sandbox, name: string, line: string): Promise<string> {
  const {status, stdout, stderr} = await t.run('ssh', ['-F', 'ssh.config', name, line]);
  assert.is(status, 0, stderr);
  return stdout;
}

test('leads into an instance by an sshd that is started in it', async (t) => {
  if (process.getuid?.() !== 0) t.skip('needs root');
  t.needs('ssh', 'sshd', 'ssh-keygen');
  makeDebianTree(t, `${t.dir}/tree`);
  configure(t, 'trees', 'type=chroot', `root=${t.dir}/tree`, 'import=/usr');
  discardAtEnd(t);
  await succeed(t, 'acquire -s trees 2');
  await writeConfig(t, 'trees-0', 'trees-1');
  for (const name of ['trees-0', 'trees-1']) {
    await t.crcache(['run', name, 'sh', '-c', 'echo "$CRCACHE_INSTANCE" >/name']);
    assert.is(await ssh(t, name, 'cat /name; echo "$CRCACHE_INSTANCE"'), `${name}\n${name}\n`);
  }
  await t.run('scp', ['-q', '-F', 'ssh.config', 'key.pub', 'trees-0:there']);
  const {stdout} = await t.run('cat', ['key.pub']);
  assert.is(await succeed(t, 'run trees-0 cat there'), stdout);
  const code = 'while set -- /tmp/*; [ -e "$1" ]; do sleep 0.05; done';
  const gone = await t.crcache(['run', '--timeout=20', 'trees-0', 'sh', '-c', code]);
  assert.is(gone.status, 0, 'nothing of it is left');
});

test('leads to hosts behind ssh as crcache does', async (t) => {
  const {addresses, lines} = await startSshHosts(t, 1);
  configure(t, 'hosts', 'type=ssh', `ssh_host=root@${String(addresses[0])}:22`, ...lines);
  configure(t, 'pool', 'type=pool', 'sources=hosts');
  await succeed(t, 'acquire -s pool');
  await writeConfig(t);
  assert.is(await ssh(t, 'pool-0', 'hostname'), 'host0\n');
});

test('what ssh left running on this machine ends with the lease', async (t) => {
  if (process.getuid?.() !== 0) t.skip('needs root');
  t.needs('ssh', 'sshd', 'ssh-keygen');
  configure(t, 'place', 'type=local');
  await succeed(t, 'acquire -s place');
  await writeConfig(t, 'place-0');
  const mark = `MARK=${t.dir}`;
  await ssh(t, 'place-0', `env ${mark} setsid sleep 98765 >/dev/null 2>&1 &`);
  await until(() => findMarked(mark).length === 1, 'what was left has started');
  await succeed(t, 'release place-0');
  assert.equal(await findLeftOver(mark), []);
});

test('takes a key of any name, and removes what was made for an sshd that is killed', async (t) => {
  if (process.getuid?.() !== 0) t.skip('needs root');
  t.needs('ssh', 'sshd', 'ssh-keygen');
  configure(t, 'place', 'type=local');
  const temporary = `${t.dir}/for sshd`;
  mkdirSync(temporary);
  t.env['TMPDIR'] = temporary;
  await succeed(t, 'acquire -s place');
  const key = `a "key" %h's\\`;
  await t.run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  const {stdout} = await t.crcache(['ssh-config', '--key', key, 'place-0']);
  t.write('ssh.config', stdout);
  assert.is(await ssh(t, 'place-0', 'echo there'), 'there\n');
  const mark = `MARK=${t.dir}`;
  const line = `echo >${t.dir}/started; exec env ${mark} sleep 98765`;
  const run = t.run('ssh', ['-F', 'ssh.config', 'place-0', line], {
    onStart: (child) => {
      void until(() => existsSync(`${t.dir}/started`), 'it is there').then(() => {
        assert.is(readdirSync(temporary).length, 1);
        killGroup(child);
      });
    },
  });
  assert.is((await run).signal, 'SIGKILL');
  await until(() => readdirSync(temporary).length === 0, 'nothing of it is left');
  await succeed(t, 'release place-0');
  assert.equal(await findLeftOver(mark), []);
});

test('knows only instances in use, and leaves no trace of others', async (t) => {
  configure(t, 'place', 'type=sim', 'maximum=1');
  const unknown = await t.crcache(['ssh-config', 'place-0']);
  assert.equal([unknown.status, unknown.stdout], [10, '']);
  assert.match(unknown.stderr, /^crcache: no instance 'place-0'\n/);
  await succeed(t, 'provision-instance -s place');
  const cached = await t.crcache(['ssh-config', 'place-0']);
  assert.equal([cached.status, cached.stdout], [1, '']);
  assert.match(cached.stderr, /^crcache: 'place-0' is not in use, but cached\n/);
});

test('says where there is no key', async (t) => {
  t.needs('sshd');
  await useInstances(t);
  const {status, stderr} = await t.crcache(['ssh-config', 'sim-0']);
  assert.is(status, 2);
  assert.match(stderr, /no public key '.*\.ssh\/id_ed25519\.pub'\nhint: ssh-keygen /);
});

test('says where there is no sshd', async (t) => {
  if (process.getuid?.() !== 0) t.skip('needs root');
  makeGolden(t, `${t.dir}/golden`);
  configure(t, 'trees', 'type=chroot', `root=${t.dir}/golden`);
  discardAtEnd(t);
  await succeed(t, 'acquire -s trees');
  const {status, stdout, stderr} = await t.crcache(['ssh-config', 'trees-0']);
  assert.equal([status, stdout], [0, '# there is no sshd in trees-0\n']);
  assert.match(stderr, /no sshd in 'trees-0'/);
});
