// Hosts behind ssh, for real: each a network namespace with an sshd.

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

test('a command far away is as one here', {timeLimitMs: 60_000}, async (t) => {
  const {addresses, lines} = await startSshHosts(t, 1);
  source(t, `ssh_host=root@${String(addresses[0])}`, 'slots=3', ...lines);
  discardAtEnd(t);
  await acquire(t);
  t.env['SECRET'] = 'here';
  const code = String.raw`
    in_it() { crcache run far-0 -- "$@"; }
    in_it hostname
    in_it sh -c 'pwd; echo "$CRCACHE_INSTANCE $HOME $USER ${'${SECRET-clean}'}"'
    for status in 0 1 2 77 124 125 126 127 128 137 143 254 255; do in_it sh -c "exit $status"; echo "$status is $?"; done
    for signal in HUP INT QUIT KILL TERM USR1 PIPE ALRM; do in_it sh -c "ulimit -c 0; kill -$signal \$\$"; echo $?; done
    for word in no-such-command /no/such/file -x -- /; do in_it "$word" 2>>said; echo $?; done
    in_it printf '%s\0' '' ' ' "'" "it's" '$HOME' '*' $'\n' $'\x81\x82\xff' -- -n 'a b' $'\\' '"' | od -An -tx1
    long=$(printf "%0102399d" 7); in_it printf '%s\n' "$long" "$long" | cksum
    printf '%s\n' "$long" "$long" | cksum
    head -c 300000 /dev/urandom >sent; in_it cat <sent | cmp - sent && echo same
    in_it cat </dev/null && echo 'stdin ended'
    (echo first; echo second) | { in_it sh -c 'read -r line; echo "$line"'; }
    in_it yes | head -n 1; echo "${'${PIPESTATUS[0]}'}"`;
  const {stdout, stderr} = await t.run('bash', ['-c', code]);
  assert.is(stderr, '');
  const telling = [0, 1, 2, 77, 124, 125, 126, 127, 128, 137, 143, 254, 255];
  const seen = stdout.split('\n');
  const expected = [
    'host0',
    '/root',
    'far-0 /root root clean',
    ...telling.map((status) => `${String(status)} is ${String(status)}`),
    ...['129', '130', '131', '137', '143', '138', '141', '142'],
    ...['127', '127', '127', '127', '126'],
  ];
  assert.equal(seen.slice(0, expected.length), expected);
  const rest = seen.slice(expected.length);
  const words = [
    ...[
      '',
      ' ',
      "'",
      "it's",
      '$HOME',
      '*',
      '\n',
      '\u0081\u0082\u00ff',
      '--',
      '-n',
      'a b',
      '\\',
      '"',
    ],
  ].map((word) => Buffer.from(`${word}\0`, 'latin1').toString('hex'));
  const dump = rest.filter((line) => line.startsWith(' ')).join('');
  assert.is(dump.replaceAll(' ', ''), words.join(''));
  const after = rest.filter((line) => !line.startsWith(' '));
  assert.is(after[0], after[1]);
  assert.equal(after.slice(2), ['same', 'stdin ended', 'first', 'y', '141', '']);
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

test('a command ends with its client', {timeLimitMs: 60_000}, async (t) => {
  const {addresses, lines} = await startSshHosts(t, 1);
  source(t, `ssh_host=root@${String(addresses[0])}`, ...lines);
  discardAtEnd(t);
  await acquire(t);
  for (const signal of ['TERM', 'KILL']) {
    const mark = `9${String(t.random.below(1e8))}.5`;
    // What it left in the background would hold the connection's streams, as it does with ssh.
    const child = signal === 'KILL' ? `sleep ${mark} &` : '';
    const code = `rm -f up; mkfifo up; exec 3<>up; pids=
      for each in 1 2 3 4 5; do
        (exec crcache run far-0 sh -c '${child} echo up; exec sleep ${mark}' >&3) & pids="$pids $!"
      done
      for each in 1 2 3 4 5; do read -r _ <&3; done
      kill -s ${signal} $pids; wait $pids 2>/dev/null; echo killed`;
    const {stdout, stderr} = await t.run('bash', ['-c', code]);
    assert.is(stdout, 'killed\n', stderr);
    const deadline = Date.now() + 2000;
    while (commandsWith(mark).length > 0 && Date.now() < deadline) await pause(20);
    assert.equal(commandsWith(mark), []);
  }
});

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
