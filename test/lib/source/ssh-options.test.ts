// How hosts behind ssh are named, and how they and whoever calls come to know one another.

import * as assert from 'uvu/assert';
import {execFileSync} from 'node:child_process';
import {copyFileSync, readFileSync} from 'node:fs';
import {configure, discardAtEnd, succeed} from '../../helpers/configured.js';
import {startSshHosts} from '../../helpers/ssh-hosts.js';
import {suite} from '../../helpers/suite.js';

const test = suite('options of ssh');

test('the key of a host is refused, or noted where that is wished for, and never taken for another', async (t) => {
  const {addresses, lines} = await startSshHosts(t, 1);
  const known = t.write('known', '');
  const own = lines.filter((line) => !line.startsWith('ssh_known_hosts='));
  const all = [`ssh_host=root@${String(addresses[0])}`, `ssh_known_hosts=${known}`, ...own];
  configure(t, 'far', 'type=ssh', ...all);
  discardAtEnd(t);
  const refused = await t.crcache(['acquire', '-s', 'far']);
  assert.is(refused.status, 12);
  assert.match(refused.stderr, 'Host key verification failed');
  assert.is(readFileSync(known, 'utf8'), '');

  configure(t, 'far', 'type=ssh', 'ssh_host_keys=accept-new', ...all);
  await succeed(t, 'acquire -s far');
  assert.is(await succeed(t, 'run far-0 hostname'), 'host0\n');
  assert.match(readFileSync(known, 'utf8'), String(addresses[0]));
  await succeed(t, 'discard-instance --force far-0');

  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', `${t.dir}/other`]);
  const [type, key] = readFileSync(`${t.dir}/other.pub`, 'utf8').split(' ');
  t.write('known', `${String(addresses[0])} ${String(type)} ${String(key)}\n`);
  const changed = await t.crcache(['acquire', '-s', 'far']);
  assert.is(changed.status, 12);
  assert.match(changed.stderr, 'Host key verification failed');
});

test('hosts are named in a file, as URLs and with ports too; what is wrong there is told', async (t) => {
  const {addresses, lines} = await startSshHosts(t, 2);
  const [first, second] = addresses.map(String);
  const text = `# ours\nssh://root@${String(first)}:22/\n\n  root@${String(second)}:22 # the other\n`;
  const file = t.write('hosts-of-ours', text);
  configure(t, 'far', 'type=ssh', `ssh_hosts=${file}`, ...lines);
  discardAtEnd(t);
  await succeed(t, 'acquire -s far 2');
  assert.is(await succeed(t, 'run far-0 hostname'), 'host0\n');
  assert.is(await succeed(t, 'run far-1 hostname'), 'host1\n');
  await succeed(t, 'release far-0 far-1');

  const wrong = t.write('wrong', `root@${String(first)}\n-oProxyCommand=true\n`);
  for (const [path, why] of [
    [wrong, `'${wrong}': '-oProxyCommand=true' is no host`],
    ['/not/there', "there is no file of hosts '/not/there'"],
  ] as const) {
    configure(t, 'other', 'type=ssh', `ssh_hosts=${path}`, ...lines);
    const {status, stderr} = await t.crcache(['acquire', '-s', 'other']);
    assert.is(status, 2);
    assert.match(stderr, why);
  }
});

test('SSH_ASKPASS is asked where a key is encrypted, also when a connection is lost', async (t) => {
  const {addresses, lines, drop} = await startSshHosts(t, 1);
  copyFileSync(`${t.dir}/hosts/key`, `${t.dir}/key`);
  execFileSync('ssh-keygen', ['-q', '-p', '-N', 'a secret', '-f', `${t.dir}/key`]);
  const own = lines.map((line) => (line.startsWith('ssh_key=') ? `ssh_key=${t.dir}/key` : line));
  configure(t, 'far', 'type=ssh', `ssh_host=root@${String(addresses[0])}`, ...own);
  const refused = await t.crcache(['acquire', '-s', 'far']);
  assert.is(refused.status, 12);
  assert.match(refused.stderr, 'Permission denied');

  t.env['SSH_ASKPASS'] = t.write('ask', '#!/bin/sh\necho "a secret"\n', 0o700);
  t.env['SSH_ASKPASS_REQUIRE'] = 'force';
  discardAtEnd(t);
  await succeed(t, 'acquire -s far');
  await drop();
  assert.is(await succeed(t, 'run far-0 hostname'), 'host0\n');
  const names = await t.run('grep', ['-rlF', 'a secret', `${t.dir}/state`]);
  assert.is(names.stdout, '', 'it is written nowhere');
});

test('a host may have an address of IPv6; a port that there cannot be, and a file without a host, are told', async (t) => {
  const {bridge, namespaces, lines} = await startSshHosts(t, 2);
  const net = `fd00:${process.pid.toString(16).padStart(8, '0').replace(/....$/, ':$&')}`;
  const give = async (words: readonly string[]): Promise<void> => {
    const {status} = await t.run('ip', ['-6', ...words, 'nodad']);
    if (status !== 0) t.skip('needs IPv6');
  };
  await give(['addr', 'add', `${net}::1/64`, 'dev', bridge]);
  for (const [index, each] of namespaces.entries()) {
    await give(['-n', each, 'addr', 'add', `${net}::1${String(index)}/64`, 'dev', 'eth0']);
  }
  const own = lines.filter((line) => !line.startsWith('ssh_known_hosts='));
  const all = [`ssh_known_hosts=${t.dir}/known`, 'ssh_host_keys=accept-new', ...own];
  configure(t, 'far', 'type=ssh', `ssh_host=root@[${net}::10]:22,[${net}::11]`, ...all);
  discardAtEnd(t);
  await succeed(t, 'acquire -s far 2');
  assert.is(await succeed(t, 'run far-0 hostname'), 'host0\n');
  assert.is(await succeed(t, 'run far-1 hostname'), 'host1\n');
  assert.match(await succeed(t, 'ssh-config far-0'), `HostName ${net}::10\n`);
  await succeed(t, 'release far-0 far-1');

  const empty = t.write('empty', '# none\n');
  for (const [line, why] of [
    [`ssh_host=${net}::10`, 'an address of IPv6 as [::1]'],
    ['ssh_host=host:99999', "not 'host:99999'"],
    [`ssh_hosts=${empty}`, `'${empty}' names no host`],
  ] as const) {
    configure(t, 'other', 'type=ssh', line, ...all);
    const {status, stderr} = await t.crcache(['acquire', '-s', 'other']);
    assert.is(status, 2);
    assert.match(stderr, why);
  }
});

test('a key that is not there is named', async (t) => {
  const {addresses, lines} = await startSshHosts(t, 1);
  const own = lines.filter((line) => !line.startsWith('ssh_key='));
  configure(t, 'far', 'type=ssh', `ssh_host=${String(addresses[0])}`, 'ssh_key=/no/key', ...own);
  const {stderr} = await t.crcache(['acquire', '-s', 'far']);
  assert.match(stderr, "(there is no key '/no/key')");
});
