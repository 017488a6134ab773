// How hosts behind ssh are named, and how they and whoever calls come to know one another.

import * as assert from 'uvu/assert';
import {execFileSync} from 'node:child_process';
import {copyFileSync, mkdirSync, readdirSync, readFileSync} from 'node:fs';
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

test('names of users are those that ssh would take, and what names none is told', async (t) => {
  const {addresses, lines} = await startSshHosts(t, 1);
  const [host] = addresses.map(String);
  for (const [named, asked] of [
    ['do+main', 'do+main'],
    ['a%zz', 'a%zz'],
    ['ssh://do+main', 'do+main'],
    ['ssh://a%25b', 'a%b'],
  ] as const) {
    configure(t, 'far', 'type=ssh', `ssh_host=${named}@${String(host)}`, ...lines);
    const {stderr} = await t.crcache(['acquire', '-s', 'far']);
    assert.ok(stderr.includes(`: ${asked}@${String(host)}: Permission denied`), stderr);
  }
  const wanted = 'wants hosts \\[USER@\\]HOST\\[:PORT\\] with commas';
  for (const [line, why] of [
    ['ssh_host=ssh://a%zz@host', `'ssh_host' ${wanted}`],
    ['ssh_host=ssh://%ff@host', `'ssh_host' ${wanted}`],
    ['ssh_host=root@-oX', `'ssh_host' ${wanted}`],
    ['ssh_host=root:secret@host', "'ssh_host' wants no password: ssh_key=, ssh-agent"],
    ['ssh_host=host\nssh_jump=two words', `'ssh_jump' ${wanted}`],
    ['ssh_host=host\nssh_jump=a,ssh://b:0', `'ssh_jump' ${wanted}`],
    ['ssh_host=host\nssh_jump=ssh://u:secret@b', "'ssh_jump' wants no password"],
  ] as const) {
    configure(t, 'far', 'type=ssh', line);
    const {status, stderr} = await t.crcache(['acquire', '-s', 'far']);
    assert.is(status, 2, stderr);
    assert.match(stderr, new RegExp(why));
    assert.not.match(stderr, 'secret');
  }
});

test('files of ssh and the state directory may have blanks and % in their paths', async (t) => {
  const {addresses, lines} = await startSshHosts(t, 1);
  const own = `${t.dir}/b %h`;
  mkdirSync(own);
  for (const name of ['key', 'known_hosts'])
    copyFileSync(`${t.dir}/hosts/${name}`, `${own}/${name}`);
  t.write('b %h/config', '');
  const moved = lines.map((line) =>
    line.replace(`${t.dir}/hosts`, own).replace('/dev/null', `${own}/config`),
  );
  const [host] = addresses.map((address) => `root@${address}`);
  configure(t, 'far', 'type=ssh', `ssh_host=${String(host)}`, `ssh_jump=${String(host)}`, ...moved);
  t.env['CRCACHE_DIR'] = `${t.dir}/s %h`;
  t.atEnd(() => t.crcache(['discard-instance', '--force', 'far-0']));
  await succeed(t, 'acquire -s far');
  assert.is(await succeed(t, 'run far-0 hostname'), 'host0\n');
  const sockets = readdirSync(`${t.dir}/s %h/ssh`).filter((name) => /^[0-9a-f]{16}$/.test(name));
  assert.is(sockets.length, 1, 'there is one connection, which all share');
  t.write('config-of-ours', await succeed(t, 'ssh-config far-0'));
  const words = ['-F', `${t.dir}/config-of-ours`, '-o', 'LogLevel=ERROR', 'far-0', 'hostname'];
  assert.is((await t.run('ssh', words)).stdout, 'host0\n');
});

test('of several bastions each is reached through those before it, by the same key; what ends there is told', async (t) => {
  const {addresses, lines, hide} = await startSshHosts(t, 3);
  const [first, second, third] = addresses.map((address) => `root@${address}`);
  await hide(1);
  await hide(2);
  const hosts = [`ssh_host=${String(third)}`, ...lines];
  configure(t, 'far', 'type=ssh', `ssh_jump=${String(first)},${String(second)}`, ...hosts);
  discardAtEnd(t);
  await succeed(t, 'acquire -s far');
  assert.is(await succeed(t, 'run far-0 hostname'), 'host2\n');
  await succeed(t, 'discard-instance --force far-0');

  configure(t, 'far', 'type=ssh', `ssh_jump=${String(first)}:1`, ...hosts);
  const {status, stderr} = await t.crcache(['acquire', '-s', 'far']);
  assert.is(status, 12);
  assert.match(stderr, /: ssh: connect to host \S+ port 1: Connection refused\nhint: /);
});
