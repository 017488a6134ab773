// What is local's own: where commands start on this machine, with which variables, and as whom.

import * as assert from 'uvu/assert';
import {execFileSync} from 'node:child_process';
import {chownSync, mkdirSync} from 'node:fs';
import {configure, succeed} from '../../helpers/configured.js';
import type {Result} from '../../helpers/programs.js';
import type {Sandbox} from '../../helpers/sandbox.js';
import {ownSeconds} from '../../helpers/sleepers.js';
import {suite} from '../../helpers/suite.js';

const test = suite('local');

test('commands start where source.conf says, and find its variables', async (t) => {
  mkdirSync(`${t.dir}/some where`);
  configure(t, 's', 'type=local', `cwd=${t.dir}/some where`, 'env=A=a  b', 'env=B=$HOME');
  configure(t, 'upper', 'type=pool', 'sources=s');
  for (const name of ['s', 'upper']) {
    await succeed(t, `acquire -s ${name}`);
    const words = ['run', `${name}-0`, 'sh', '-c', 'pwd; echo "$A $B"'];
    assert.is((await t.crcache(words)).stdout, `${t.dir}/some where\na  b $HOME\n`);
    // What is asked for at the command comes after that.
    const asked = await t.crcache([
      'run',
      '-C',
      '/',
      '-e',
      'A=c',
      `${name}-0`,
      'sh',
      '-c',
      'pwd; echo $A',
    ]);
    assert.is(asked.stdout, '/\nc\n');
    await succeed(t, `release ${name}-0`);
  }
});

test('another user finds the variables of source.conf too, whatever its PATH leads to', async (t) => {
  if (process.getuid?.() !== 0) t.skip('needs root');
  configure(t, 's', 'type=local', 'env=PATH=/not there', 'env=HOME=/some where');
  await succeed(t, 'acquire -s s');
  const code = 'echo "$PATH:$HOME"; exec /usr/bin/id -un';
  for (const [more, user] of [
    [[], 'root'],
    [['-u', 'nobody'], 'nobody'],
  ] as const) {
    const {stdout, stderr} = await t.crcache(['run', ...more, 's-0', '/bin/sh', '-c', code]);
    assert.equal([stdout, stderr], [`/not there:/some where\n${user}\n`, '']);
  }
});

test('a directory that is not there is named', async (t) => {
  configure(t, 's', 'type=local', 'cwd=/not there');
  await succeed(t, 'acquire -s s');
  const {status, stderr} = await t.crcache(['run', 's-0', 'true']);
  assert.equal([status, stderr], [125, "crcache: cannot enter directory '/not there' in 's-0'\n"]);
});

test('commands run as the user of source.conf, unless they say', async (t) => {
  if (process.getuid?.() !== 0) t.skip('needs root');
  t.needs('setpriv', 'getent');
  configure(t, 's', 'type=local', 'user=nobody', 'env=A=a  b');
  await succeed(t, 'acquire -s s');
  const line = ['s-0', 'sh', '-c', 'id -un; echo "$A $1"', 'sh', 'c  d'];
  assert.is((await t.crcache(['run', ...line])).stdout, 'nobody\na  b c  d\n');
  assert.is((await t.crcache(['run', '-u', 'root', ...line])).stdout, 'root\na  b c  d\n');
  const {status, stderr} = await t.crcache(['run', '-u', 'no-such', ...line]);
  assert.equal([status, stderr], [125, "crcache: there is no user 'no-such'\n"]);
});

/** A source that an ordinary user may read, and directories of that one's own. */
function makeReadable(t: Sandbox, uid: number): Record<string, string | undefined> {
  execFileSync('chmod', ['a+rx', t.dir]);
  execFileSync('chmod', ['-R', 'a+rX', `${t.dir}/config`]);
  mkdirSync(`${t.dir}/bob`);
  chownSync(`${t.dir}/bob`, uid, uid);
  return {...t.env, HOME: `${t.dir}/bob`, CRCACHE_DIR: `${t.dir}/bob/state`};
}

test('an ordinary user whom sudo refuses hears it in one line', async (t) => {
  if (process.getuid?.() !== 0) t.skip('needs root');
  t.needs('setpriv', 'getent');
  configure(t, 's', 'type=local', 'user=root');
  const env = makeReadable(t, 12_346);
  const as = ['--reuid=12346', '--regid=12346', '--clear-groups', 'crcache'];
  const acquired = await t.run('setpriv', [...as, 'acquire', '-s', 's'], {env});
  assert.is(acquired.stdout, 's-0\n', acquired.stderr);
  const {status, stderr} = await t.run('setpriv', [...as, 'run', 's-0', 'true'], {env});
  assert.is(status, 125);
  assert.match(stderr, /^crcache: cannot become user 'root': [^\n]*sudo[^\n]*\n$/);
});

/** Runs code of sh as nobody, whom sudo lets become others, and leaves this machine's sudoers alone. */
function asSudoer(t: Sandbox, code: string, others = 'ALL'): Promise<Result> {
  t.write('sudoers', `nobody ALL=(${others}) NOPASSWD: ALL\n`, 0o440);
  const env = makeReadable(t, 65_534);
  const enter = 'mount --bind sudoers /etc/sudoers && exec "$@"';
  const as = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', 'sh', '-c', code];
  return t.run('unshare', ['-m', 'sh', '-c', enter, 'sh', ...as], {env});
}

test(
  'an ordinary user becomes another by sudo, and ends what runs as that one',
  {timeLimitMs: 60_000},
  async (t) => {
    if (process.getuid?.() !== 0) t.skip('needs root');
    t.needs('sudo', 'unshare', 'setpriv', 'getent');
    configure(t, 's', 'type=local', 'user=daemon', 'env=A=a  b');
    const sleep = ownSeconds(t);
    const stubborn = `trap "" TERM; echo begun; setsid -f sleep ${sleep}; exec sleep ${sleep}`;
    const {stdout, stderr} = await asSudoer(
      t,
      `crcache acquire -s s
    crcache run s-0 sh -c 'id -un; echo "$A $1 $CRCACHE_INSTANCE"; exit 7' sh 'c  d'; echo "$?"
    crcache run -u root s-0 id -un
    crcache run --timeout 100ms --grace 100ms s-0 sh -c '${stubborn}' >/dev/null; echo "$?"
    job=$(crcache run -d s-0 sh -c '${stubborn}')
    while [ -z "$(crcache output "$job")" ]; do :; done
    crcache kill --grace 100ms "$job" && crcache wait "$job"; echo "$?"
    crcache run s-0 setsid -f sleep ${sleep}
    crcache release s-0; pgrep -u daemon -f 'sleep ${sleep}'`,
    );
    const ran = ['daemon', 'a  b c  d s-0', '7', 'root'];
    assert.equal(stdout.trimEnd().split('\n'), ['s-0', ...ran, '124', '137'], stderr);
  },
);

test('what has become another user by sudo ends at release, also from another session', async (t) => {
  if (process.getuid?.() !== 0) t.skip('needs root');
  t.needs('sudo', 'unshare', 'setpriv', 'getent');
  configure(t, 's', 'type=local');
  configure(t, 'upper', 'type=pool', 'sources=s');
  const sleep = ownSeconds(t);
  const code = `for name in s upper; do
    crcache acquire -s $name
    crcache run -u daemon $name-0 setsid -f sleep ${sleep}
    crcache run -u daemon $name-0 sleep ${sleep} &
    while [ "$(pgrep -u daemon -fxc 'sleep ${sleep}')" != 2 ]; do :; done
    crcache release $name-0
    pgrep -u daemon -fx 'sleep ${sleep}'
  done`;
  const {stdout, stderr} = await asSudoer(t, code, 'daemon');
  assert.equal([stdout, stderr.replace(/^.*Terminated.*\n/gm, '')], ['s-0\nupper-0\n', '']);
});

test('an instance is broken where sudo keeps from sight what may still run in it as another user', async (t) => {
  if (process.getuid?.() !== 0) t.skip('needs root');
  t.needs('sudo', 'unshare', 'setpriv', 'getent');
  configure(t, 's', 'type=local');
  const code = `crcache acquire -s s
  crcache run -u daemon s-0 true
  crcache run -u root s-0 sh -c ': >/etc/sudoers'
  crcache release s-0
  crcache list-instances --state broken`;
  const {stdout, stderr} = await asSudoer(t, code, 'daemon, root');
  assert.is(stdout, 's-0\ns-0\n');
  assert.match(stderr, "cannot see what runs in 's-0' as user 0: sudo: ");
  assert.match(stderr, "hint: sudo -u '#0' true");
});
