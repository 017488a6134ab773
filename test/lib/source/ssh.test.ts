// Hosts behind ssh, for real: each a network namespace with an sshd. What is true of commands in all kinds of instances
// is in contract/.

import * as assert from 'uvu/assert';
import {existsSync, readFileSync, readdirSync, rmSync} from 'node:fs';
import {succeed} from '../../helpers/configured.js';
import {until, untilQueued} from '../../helpers/held.js';
import {namesIn} from '../../helpers/invariants.js';
import type {Sandbox} from '../../helpers/sandbox.js';
import {ownSeconds, processesWith} from '../../helpers/sleepers.js';
import {mastersOf, startSshHosts} from '../../helpers/ssh-hosts.js';
import {measure} from './contract/streams.js';
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
  const terminal = '[ -O /proc/self/fd/0 ] && : <>/proc/self/fd/0 && echo theirs';
  const theirs = await t.crcache(['run', '-t', '-u', 'daemon', 'far-0', 'sh', '-c', terminal]);
  assert.is(theirs.status, 0, theirs.stdout);
  assert.match(theirs.stdout, 'theirs');
});

test(
  'a host that answers and then hangs is passed over, and who was killed meanwhile leaves no connection',
  {timeLimitMs: 60_000},
  async (t) => {
    const {addresses, lines, patience, rcOf} = await startSshHosts(t, 2);
    const [hangs, works] = addresses.map((address) => `root@${address}`);
    const limit = await patience();
    source(t, `ssh_host=${String(hangs)},${String(works)}`, limit, ...lines);
    t.write(rcOf(0), `echo >${t.dir}/hung; exec sleep ${ownSeconds(t)}\n`);
    const said = await t.crcache(['acquire', '-s', 'far']);
    assert.equal([said.status, said.stdout], [0, 'far-0\n'], said.stderr);
    const why = `no answer within ${limit.replace('ssh_timeout=', '')} s`;
    const silent = `'${String(hangs)}' does not answer, and is tried last: ${why}`;
    assert.is(said.stderr, `crcache: ${silent}\n`);
    const handle = readFileSync(`${t.dir}/state/sources/far/instances/far-0/handle`, 'utf8');
    assert.match(handle, `host=${String(works)}`);
    await succeed(t, 'discard-instance --force far-0');
    await until(() => mastersOf(t).length === 0, 'the connections are closed');

    rmSync(`${t.dir}/hung`);
    assert.is((await t.crcache(['acquire', '-s', 'far'])).stderr, '');
    assert.not.ok(existsSync(`${t.dir}/hung`), 'it was not tried');
    await succeed(t, 'discard-instance --force far-0');
    rmSync(`${t.dir}/state/ssh/silent`, {recursive: true});
    await t.crcache(['acquire', '-s', 'far'], {
      onStart: (child) => {
        void until(() => existsSync(`${t.dir}/hung`), 'it hangs').then(() => child.kill('SIGKILL'));
      },
    });
    assert.is(mastersOf(t).length, 1);
    await succeed(t, 'gc');
    await until(() => mastersOf(t).length === 0, 'gc has closed the connection');
    assert.equal(namesIn(`${t.dir}/state/ssh`), ['places']);
  },
);

test(
  'who waits gets a place that comes free, or one of a host that answers again; who does not hears of that host',
  {timeLimitMs: 150_000},
  async (t) => {
    const {addresses, lines, patience, hide, unhide} = await startSshHosts(t, 2);
    const [works, silent] = addresses.map((address) => `root@${address}`);
    source(t, `ssh_host=${String(works)},${String(silent)}`, await patience(), ...lines);
    t.write('config/sources/here/source.conf', 'type=local\n');
    t.write('config/sources/pool/source.conf', 'type=pool\nsources=far,here\n');
    discardAtEnd(t);
    await hide(1);
    await acquire(t);
    const refused = await t.crcache(['acquire', '-s', 'far']);
    const time = '[0-9T:.-]+Z';
    const why = `no place is free on a host that answers: '${String(silent)}' has not answered since`;
    assert.is(refused.status, 12, refused.stderr);
    assert.match(refused.stderr, new RegExp(`cannot have 1 instance of 'far': ${why} ${time}: `));
    assert.match(refused.stderr, 'hint: wait for one with --wait');
    const since = new RegExp(`since (${time})`).exec(refused.stderr)?.[1];
    assert.match((await t.crcache(['acquire', '-s', 'far'])).stderr, `since ${String(since)}: `);
    const other = await t.crcache(['acquire', '-s', 'pool']);
    assert.is(other.status, 0, other.stderr);

    const late = await t.crcache(['acquire', '-s', 'far', '--wait=1s']);
    assert.is(late.status, 12);
    assert.match(late.stderr, why);
    assert.match(late.stderr, 'and nothing came free in 1s');
    const world = {state: `${t.dir}/state`};
    const waiting = t.crcache(['acquire', '-s', 'far', '--wait=100s']);
    await untilQueued(world, 'far', 1);
    await succeed(t, 'release far-0');
    assert.is((await waiting).stdout, 'far-0\n');
    const again = t.crcache(['acquire', '-s', 'far', '--wait=100s']);
    await untilQueued(world, 'far', 1);
    await unhide(1);
    assert.is((await again).stdout, 'far-1\n', (await again).stderr);
    rmSync(`${t.dir}/state/ssh/silent`, {recursive: true});
  },
);

test('a check in vain leaves others’ commands alone', {timeLimitMs: 60_000}, async (t) => {
  const {addresses, lines, patience, rcOf} = await startSshHosts(t, 1);
  const host = `ssh_host=root@${String(addresses[0])}`;
  source(t, host, 'slots=2', await patience(), ...lines);
  await succeed(t, 'acquire -s far 2');
  await t.run('mkfifo', ['gate']);
  const code = 'echo up >"$0"; read -r word <"$0"; echo "$word"';
  const running = t.crcache(['run', 'far-0', 'sh', '-c', code, `${t.dir}/gate`]);
  assert.is((await t.run('cat', ['gate'])).stdout, 'up\n');
  const rc = t.write(rcOf(0), `exec sleep ${ownSeconds(t)}\n`);
  assert.is.not((await t.crcache(['check-instance', 'far-1'])).status, 0);
  rmSync(rc);
  await t.run('sh', ['-c', 'echo on >gate']);
  const {status, stdout, stderr} = await running;
  assert.equal([status, stdout], [0, 'on\n'], stderr);
  assert.is((await t.crcache(['run', 'far-1', 'echo', 'there'])).stdout, 'there\n');
  await succeed(t, 'discard-instance --force far-0 far-1');
  await until(() => mastersOf(t).length === 0, 'both connections are closed');
});

test(
  'a host behind a bastion is reached, one that does not answer is passed over, and a lost one is told',
  {timeLimitMs: 60_000},
  async (t) => {
    const {addresses, lines, patience, kill, hide} = await startSshHosts(t, 3);
    const [bastion, behind, dead] = addresses.map((address) => `root@${address}`);
    await kill(2);
    await hide(1);
    const hosts = [`ssh_host=${String(dead)},${String(behind)}`, 'slots=2', ...lines];
    source(t, await patience(), ...hosts);
    const direct = await t.crcache(['acquire', '-s', 'far']);
    assert.match(direct.stderr, 'no host answers', 'it is to be reached through the bastion alone');
    const [, hint = ''] = /^hint: (.*) shows what ssh says$/m.exec(direct.stderr) ?? [];
    const shown = await t.run('sh', ['-c', hint]);
    assert.is(shown.status, 255);
    assert.match(shown.stderr, /^ssh: connect to host \S+ port 22: /m);
    source(t, `ssh_jump=${String(bastion)}`, ...hosts);
    const [name] = await acquire(t);
    const handle = readFileSync(`${t.dir}/state/sources/far/instances/far-0/handle`, 'utf8');
    assert.match(handle, `host=${String(behind)}`);
    const sleep = ownSeconds(t);
    const command = t.crcache(['run', '--status-file', 'end', String(name), 'sleep', sleep]);
    await until(() => processesWith(sleep).length > 1, 'it runs there');
    await kill(1);
    const {status, stderr} = await command;
    assert.is(status, 125);
    assert.match(stderr, "crcache: lost the connection to 'far-0'");
    assert.match(readFileSync(`${t.dir}/end`, 'utf8'), 'why=lost');
    const refused = await t.crcache(['acquire', '-s', 'far']);
    assert.match(refused.stderr, String(dead));
  },
);

test(
  'a job goes on where the connection is dropped and its client killed, and who waits gets its end',
  {timeLimitMs: 60_000},
  async (t) => {
    const {addresses, lines, drop} = await startSshHosts(t, 1);
    source(t, `ssh_host=root@${String(addresses[0])}`, ...lines);
    discardAtEnd(t);
    await acquire(t);
    await succeed(t, 'run far-0 mkfifo gate');
    const code = 'echo first; read -r line <gate; echo "$line"; exit 5';
    const job = (await t.crcache(['run', '-d', 'far-0', 'sh', '-c', code])).stdout.trim();
    let pid = 0;
    const killed = t.crcache(['wait', job], {onStart: (child) => (pid = child.pid ?? 0)});
    const waiting = t.crcache(['wait', job]);
    const children = `/proc/${String(pid)}/task/${String(pid)}/children`;
    await until(() => readFileSync(children, 'utf8') !== '', 'it asks the host');
    process.kill(pid, 'SIGKILL');
    await killed;
    await drop();
    const following = t.crcache(['output', '-f', job]);
    assert.match((await t.crcache(['jobs'])).stdout, `${job}  running`);
    await t.crcache(['run', 'far-0', 'sh', '-c', 'echo second >gate']);
    const {status, stderr} = await waiting;
    assert.is(status, 5, stderr);
    assert.is((await following).stdout, 'first\nsecond\n');
    assert.is((await t.crcache(['output', job])).stdout, 'first\nsecond\n');
  },
);

test(
  'what a job prints comes whole and takes little memory, also when it is kept at release',
  {timeLimitMs: 120_000},
  async (t) => {
    t.needs('python3');
    const {addresses, lines} = await startSshHosts(t, 1);
    source(t, `ssh_host=root@${String(addresses[0])}`, ...lines);
    discardAtEnd(t);
    await acquire(t);
    const job = (await succeed(t, 'run -d far-0 head -c 128M /dev/zero')).trim();
    t.write(
      'code',
      `crcache wait ${job}; crcache output ${job} | wc -c
      crcache release --keep-outputs kept far-0; wc -c <kept/far-0/1/stdout`,
    );
    const {stdout, stderr} = await t.run('python3', ['-c', measure, 'sh', 'code']);
    assert.equal(stdout.trim().split(/\s+/).map(Number), [2 ** 27, 2 ** 27], stderr);
    t.note(`the largest process had ${(Number(stderr) / 1024).toFixed()} MiB`);
    assert.ok(Number(stderr) < 100 * 1024, `${stderr.trim()} KiB`);
  },
);

test('a password in a file is refused, and repeated to nobody', async (t) => {
  source(t, 'ssh_host=host', 'password=secret');
  const {status, stderr} = await t.crcache(['acquire', '-s', 'far']);
  assert.is(status, 2);
  assert.match(stderr, 'ssh-agent');
  assert.not.match(stderr, 'secret');
});
