// The life of sessions of schroot, for root and for an ordinary user.

import * as assert from 'uvu/assert';
import {execFileSync} from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import {orUndefined} from '../../../lib/files.js';
import {fingerprint} from '../../helpers/golden.js';
import type {Result} from '../../helpers/programs.js';
import {repository, type Sandbox} from '../../helpers/sandbox.js';
import {chrootName, defineChroot} from '../../helpers/schroot.js';
import {ownSeconds, processesWith} from '../../helpers/sleepers.js';
import {suite} from '../../helpers/suite.js';

const test = suite('schroot');

interface User {
  readonly name: string;
  /** What provision.d changes in an instance, what a command then does to that, and code that tells of it. */
  readonly makes: string;
  readonly spoils: string;
  readonly tells: string;
}

const users: readonly User[] = [
  {
    name: 'root',
    makes: 'echo made >/etc/made; rm /etc/group; rmdir /var; echo >/var; mkdir -m 700 "/a b"',
    spoils:
      'rm /etc/made /var; mkdir /var; echo >"/a b/c"; chmod 755 "/a b"; echo >/etc/group; echo >/new',
    tells:
      'cat /etc/made; [ -f /var ] && stat -c %a "/a b"; ls "/a b" /etc/group /new 2>/dev/null; :',
  },
  {
    name: 'nobody',
    makes: 'echo made >/tmp/made; mkdir -m 700 "/tmp/a b"',
    spoils: 'rm -r /tmp/*; echo >/tmp/new',
    tells: 'cat /tmp/made; stat -c %a "/tmp/a b"; ls "/tmp/a b" /tmp/new 2>/dev/null; :',
  },
];

for (const user of users) {
  test(`lives and dies, for ${user.name}`, {timeLimitMs: 60_000}, async (t) => {
    const call = prepare(t, user);
    const before = fingerprint(`${t.dir}/golden`);
    await ok(call('acquire', '-s', 'sessions'));
    const session = sessionOf(t);
    const told = user.tells;
    const fresh = user.name === 'root' ? 'made\n700\n/a b:\n' : 'made\n700\n/tmp/a b:\n';
    const first = await ok(
      call('run', 'sessions-0', 'sh', '-c', `id -un; echo "$A"; pwd; ${told}`),
    );
    assert.is(first, `${user.name}\nb c\n/tmp\n${fresh}`);

    // It has cleared every mark of its own.
    const sleep = ownSeconds(t);
    const escape = `env -i setsid sleep ${sleep} >/dev/null 2>&1 &`;
    await ok(call('run', 'sessions-0', 'sh', '-c', `${user.spoils}; ${escape}`));
    await ok(call('release', 'sessions-0'));
    assert.equal(processesWith(sleep), []);

    // A reboot takes the mounts, and leaves what schroot has written down.
    execFileSync('umount', ['--recursive', `/run/schroot/mount/${session}`]);
    await ok(call('acquire', '-s', 'sessions'));
    assert.is(sessionOf(t), session, 'it is the same instance');
    assert.is((await call('run', 'sessions-0', 'sh', '-c', told)).stdout, fresh);
    await ok(call('release', 'sessions-0'));

    // One that was ended from outside is not given out.
    execFileSync('schroot', ['--end-session', '--chroot', `session:${session}`]);
    await ok(call('acquire', '-s', 'sessions'));
    const next = sessionOf(t);
    assert.is.not(next, session);

    // What no record knows goes, and a foreign neighbour is left alone.
    const neighbour = `crcache-other${String(process.pid)}-sessions-0-abc`;
    t.atEnd(() => execFileSync('schroot', ['--end-session', '--chroot', `session:${neighbour}`]));
    for (const name of [neighbour, next.replace(/-[^-]+-[^-]+$/, '-7-abc')]) {
      const words = ['schroot', '--begin-session', '-c', chrootName, '--session-name', name];
      execFileSync('setpriv', [...asUser(user.name), ...words], {stdio: 'ignore'});
    }
    await ok(call('gc'));
    assert.equal(sessions(t), [next, neighbour].sort());

    await ok(call('discard-instance', '--force', 'sessions-0'));
    assert.equal(sessions(t), [neighbour]);
    assert.equal(remains(next), []);
    assert.is(fingerprint(`${t.dir}/golden`), before, 'the golden tree is as it was');
  });
}

test('has no tree of its own where its chroot has none', async (t) => {
  const call = prepare(t, {name: 'root', makes: 'true', spoils: '', tells: ''}, 'union-type=none');
  await ok(call('acquire', '-s', 'sessions'));
  await ok(call('run', 'sessions-0', 'sh', '-c', 'echo >/kept'));
  await ok(call('release', 'sessions-0'));
  assert.ok(existsSync(`${t.dir}/golden/kept`), 'a reset would not have undone this');
  const {status, stderr} = await call('check-source', 'sessions');
  assert.equal([status, stderr], [0, '']);
});

for (const kind of ['overlay', 'file'] as const) {
  test(`a reset brings back what provision.d has moved, and all attributes: ${kind}`, async (t) => {
    t.needs('setcap', 'getcap');
    const makes = [
      'mv /usr /opt; mkdir /srv; mv /var/old /srv/was; rm -r /var/under',
      'mv /srv/was/new /var/under; cp /bin/busybox /bin/able',
    ];
    const call = prepare(t, {name: 'root', makes: makes.join('; '), spoils: '', tells: ''});
    const golden = `${t.dir}/golden`;
    for (const each of ['usr/bin/tool', 'var/old/new/deep/file', 'var/under/deep/stale']) {
      mkdirSync(`${golden}/${path.dirname(each)}`, {recursive: true});
      writeFileSync(`${golden}/${each}`, '');
    }
    if (kind === 'file') usePacked(golden);
    const setcap = 'setcap cap_net_raw+ep "$(sed -n s/^location=//p handle)/bin/able"';
    const hook = `#!/bin/sh\ncd "$CRCACHE_INSTANCE_DIR" && ${setcap}\n`;
    t.write('config/sources/sessions/provision.d/20-able', hook, 0o755);
    const look = async (): Promise<string> => {
      const names = await ok(call('run', 'sessions-0', 'sh', '-c', 'cd /; find . -xdev | sort'));
      return `${names}${execFileSync('getcap', [`${locationOf(t)}/bin/able`], {encoding: 'utf8'})}`;
    };
    await ok(call('acquire', '-s', 'sessions'));
    const before = await look();
    assert.match(before, './opt/bin/tool\n');
    assert.match(before, './var/under/deep/file\n');
    assert.match(before, 'cap_net_raw=ep');
    await ok(call('run', 'sessions-0', 'rm', '-r', '/opt', '/var/under', '/bin/able'));
    await ok(call('reset-instance', 'sessions-0'));
    assert.is(await look(), before);
  });
}

test('keeps to itself what it says of others, and tells why there is no way in', async (t) => {
  const call = prepare(t, {name: 'root', makes: 'true', spoils: '', tells: ''});
  await ok(call('acquire', '-s', 'sessions'));
  // As a session of somebody else that has ended by the time it is looked at.
  const ended = `/var/lib/schroot/session/${chrootName}-ended`;
  symlinkSync('nowhere', ended);
  t.atEnd(() => {
    rmSync(ended, {force: true});
  });
  for (const [option, word] of [
    ['-T', 'short'],
    ['--', 'long'.repeat(30_000)],
  ] as const) {
    const words = ['run', option, 'sessions-0', 'sh', '-c', 'echo own >&2; exit 3', word];
    const {status, stdout, stderr} = await call(...words);
    assert.equal([status, stdout, stderr], [3, '', 'own\n'], option);
  }
  rmSync(ended);
  execFileSync('schroot', ['--end-session', '--chroot', `session:${sessionOf(t)}`]);
  const {status, stderr} = await call('run', 'sessions-0', 'true');
  assert.is(status, 125);
  const lines = stderr.trim().split('\n');
  assert.match(lines[0] ?? '', /^crcache: schroot: .*sessions-0.*: Chroot not found$/);
  assert.equal(lines.slice(1), ["crcache: lost the connection to 'sessions-0'"]);
});

test('says what is amiss', async (t) => {
  const call = prepare(t, {name: 'root', makes: 'true', spoils: '', tells: ''});
  const acquire = async (line: string): Promise<string> => {
    t.write('config/sources/sessions/source.conf', `[DEFAULT]\ntype=schroot\n${line}\n`);
    return (await call('acquire', '-s', 'sessions')).stderr;
  };
  assert.match(await acquire('chroot=no-such'), /'schroot --begin-session': .*no-such.*not found/);
  const file = `/etc/schroot/chroot.d/${chrootName}`;
  writeFileSync(file, readFileSync(file, 'utf8').replace('type=directory', 'type=plain'));
  assert.match(
    await acquire(`chroot=${chrootName}`),
    /is of type plain, of which schroot has no sessions\nhint: type=directory/,
  );
  assert.match(await acquire('chroot=session:x'), /'chroot' wants the name of a chroot/);
});

/** A source 'sessions', and the way to call crcache as a user. */
function prepare(
  t: Sandbox,
  {name, makes}: User,
  line?: string,
): (...words: readonly string[]) => Promise<Result> {
  if (process.getuid?.() !== 0) t.skip('needs root');
  t.needs('schroot', 'setpriv');
  defineChroot(t, line);
  const lines = ['type=schroot', `chroot=${chrootName}`, 'reserve=1', 'env=A=b c', 'cwd=/tmp'];
  t.write('config/sources/sessions/source.conf', ['[DEFAULT]', ...lines, ''].join('\n'));
  const hook = `#!/bin/sh\ncrcache run "$1" sh -c '${makes}'\n`;
  t.write('config/sources/sessions/provision.d/10-change', hook, 0o755);
  const call = callAs(t, name);
  t.atEnd(() => call('discard-instance', '--force', 'sessions-0'));
  return call;
}

function callAs(t: Sandbox, name: string): (...words: readonly string[]) => Promise<Result> {
  if (name === 'root') return (...words) => t.crcache(words);
  for (const own of ['.', 'home', 'tmp', 'config']) {
    execFileSync('chown', ['-R', '--from=0', `${name}:`, `${t.dir}/${own}`]);
  }
  execFileSync('chown', ['-R', '0:0', `${t.dir}/golden`]);
  chmodSync(t.dir, 0o755);
  return (...words) => t.run('setpriv', [...asUser(name), `${repository}/cmd/crcache`, ...words]);
}

function asUser(name: string): readonly string[] {
  const group = execFileSync('id', ['-g', name], {encoding: 'utf8'}).trim();
  return ['--reuid', name, '--regid', group, '--init-groups'];
}

/** Has schroot unpack an archive of the tree for each session. */
function usePacked(golden: string): void {
  execFileSync('tar', ['-C', golden, '-cf', `${golden}.tar`, '.']);
  const file = `/etc/schroot/chroot.d/${chrootName}`;
  const packed = readFileSync(file, 'utf8')
    .replace(`type=directory\ndirectory=${golden}`, `type=file\nfile=${golden}.tar`)
    .replace('union-type=overlay\n', '');
  writeFileSync(file, packed);
}

/** Where the tree of the one instance is. */
function locationOf(t: Sandbox): string {
  return `/run/schroot/mount/${sessionOf(t)}`;
}

/** The session of the one instance. */
function sessionOf(t: Sandbox): string {
  const file = `${t.dir}/state/sources/sessions/instances/sessions-0/handle`;
  return /^id=(.+)$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? '';
}

/** The sessions of the test's chroot. */
function sessions({dir}: Sandbox): string[] {
  const place = '/var/lib/schroot/session';
  const isOurs = (name: string): boolean =>
    (orUndefined(() => readFileSync(`${place}/${name}`, 'utf8'), 'ENOENT') ?? '').includes(
      `directory=${dir}/golden\n`,
    );
  return readdirSync(place).filter(isOurs).sort();
}

/** What is left of a session: what is mounted, and what schroot has written down or keeps. */
function remains(session: string): string[] {
  const places = ['session', 'union/overlay', 'union/underlay', 'unpack'];
  const kept = places.flatMap((place) => readdirSync(`/var/lib/schroot/${place}`));
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  return [...kept, ...mounts].filter((line) => line.includes(session));
}

/** What a call prints; one that fails fails the test. */
async function ok(calling: Promise<Result>): Promise<string> {
  const {status, stdout, stderr} = await calling;
  assert.is(status, 0, stderr);
  return stdout;
}
