// Hosts behind ssh, for real: each a network namespace with an sshd. What is true of commands in all kinds of instances
// is in contract/.

import * as assert from 'uvu/assert';
import {readFileSync, readdirSync} from 'node:fs';
import {setTimeout as pause} from 'node:timers/promises';
import type {Sandbox} from '../../helpers/sandbox.js';
import {startSshHosts} from '../../helpers/ssh-hosts.js';
import {suite} from '../../helpers/suite.js';

const test = suite('ssh');

function source(t: Sandbox, ...lines: readonly string[]): void {
  t.write('config/sources/far/source.conf', ['[DEFAULT]', 'type=ssh', ...lines, ''].join('\n'));
}

async function acquire(t: Sandbox): Promise<string[]> {
  const {status, stdout, stderr} = await t.crcache(['acquire', '-s', 'far']);
  assert.is(status, 0, stderr);
  return stdout.trim().split('\n');
}

/** Ends all instances, and with them the connections. */
function discardAtEnd(t: Sandbox): void {
  t.atEnd(async () => {
    await t.crcache(['release', '--all']);
    const names = readdirSync(`${t.dir}/state/sources/far/instances`);
    for (const name of names) await t.crcache(['discard-instance', '--force', name]);
    assert.equal(
      readdirSync(`${t.dir}/state/ssh`).filter((name) => name !== 'places'),
      [],
      'the last instance ends the connection',
    );
  });
}

test('a command finds its own host, home and user, and nothing of the caller', async (t) => {
  const {addresses, lines} = await startSshHosts(t, 1);
  source(t, `ssh_host=root@${String(addresses[0])}`, ...lines);
  discardAtEnd(t);
  await acquire(t);
  t.env['SECRET'] = 'here';
  const code = 'hostname; pwd; echo "$CRCACHE_INSTANCE $HOME $USER ${SECRET-clean}"';
  const {stdout, stderr} = await t.crcache(['run', 'far-0', '--', 'sh', '-c', code]);
  assert.equal([stdout, stderr], ['host0\n/root\nfar-0 /root root clean\n', '']);
});

/** The pids of all processes with this word, wherever they are. */
function commandsWith(word: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^[0-9]+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(word);
    } catch {
      return false;
    }
  });
}

test(
  'a host that does not answer is passed over, and a lost one is told',
  {timeLimitMs: 60_000},
  async (t) => {
    const {addresses, lines, kill} = await startSshHosts(t, 3);
    const [bastion, behind, dead] = addresses.map((address) => `root@${address}`);
    await kill(2);
    source(t, `ssh_host=${String(dead)},${String(behind)}`, 'slots=2', ...lines);
    const [name] = await acquire(t);
    const handle = readFileSync(`${t.dir}/state/sources/far/instances/far-0/handle`, 'utf8');
    assert.match(handle, `host=${String(behind)}`);
    const command = t.crcache(['run', '--status-file', 'end', String(name), 'sleep', '600']);
    for (
      const deadline = Date.now() + 10_000;
      commandsWith('600').length < 2 && Date.now() < deadline;
    ) {
      await pause(20);
    }
    await kill(1);
    const {status, stderr} = await command;
    assert.is(status, 125);
    assert.match(stderr, "crcache: lost the connection to 'far-0'");
    assert.match(readFileSync(`${t.dir}/end`, 'utf8'), 'why=lost');
    const refused = await t.crcache(['acquire', '-s', 'far']);
    assert.match(refused.stderr, String(dead));
    assert.not.equal(bastion, undefined);
  },
);

test('a password in a file is refused', async (t) => {
  source(t, 'ssh_host=host', 'password=secret');
  const {status, stderr} = await t.crcache(['acquire', '-s', 'far']);
  assert.is(status, 2);
  assert.match(stderr, 'ssh-agent');
});
