import {chmodSync, mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import * as assert from 'uvu/assert';
import {configure, succeed} from '../helpers/configured.js';
import {suite} from '../helpers/suite.js';

const test = suite('doctor');

test('says which roots and which state directory are used, and that all is well', async (t) => {
  t.needs('run-parts');
  configure(t, 'box', 'type=sim');
  await succeed(t, 'acquire -s box');
  mkdirSync(`${t.dir}/here/.crcache`, {recursive: true});
  const at = {cwd: `${t.dir}/here`};
  const {status, stdout, stderr} = await t.crcache(['doctor'], at);
  assert.is(stderr, '');
  assert.is(status, 0, stdout);
  for (const line of [
    `ok    user root: '${t.dir}/config' has box`,
    `ok    project root: '${t.dir}/here/.crcache' has no source`,
    "ok    configuration: in order; the default source is 'box'",
    `ok    state directory: '${t.dir}/state' has one instance`,
    'ok    damage: none',
  ]) {
    assert.ok(stdout.split('\n').includes(line), `'${line}' is not in:\n${stdout}`);
  }
  assert.match(stdout, /^ok {4}run-parts: '.*\/run-parts'$/m);
  assert.match(stdout, /^ok {4}program: version [0-9.]+; on the PATH is '.*\/cmd\/crcache'$/m);

  const elsewhere = ['--config-dir', `${t.dir}/other`, '--state-dir', `${t.dir}/more`];
  const other = await t.crcache(['doctor', ...elsewhere]);
  assert.ok(other.stdout.includes(`user root: '${t.dir}/other' is not there`));
  assert.ok(other.stdout.includes(`state directory: '${t.dir}/more' is not there`));
  // A person is told by status -v too.
  t.needs('script');
  const line = `crcache status -v ${elsewhere.join(' ')}`;
  const verbose = await t.run('script', ['-qec', line, '/dev/null']);
  const [configured, state, block] = verbose.stdout.split('\r\n');
  assert.ok(configured?.startsWith(`crcache: configuration: ${t.dir}/other, `), verbose.stdout);
  assert.is(state, `crcache: state: ${t.dir}/more`);
  assert.is(block, 'source: local');
});

test('names what is wrong, each with what to do, and ends with 1', async (t) => {
  configure(t, 'bad', 'type=sin');
  mkdirSync(`${t.dir}/here/.crcache`, {recursive: true});
  chmodSync(`${t.dir}/here/.crcache`, 0o777);
  mkdirSync(`${t.dir}/state/sources`, {recursive: true});
  chmodSync(`${t.dir}/state`, 0o755);
  const fake = `${t.dir}/bin`;
  mkdirSync(fake);
  writeFileSync(`${fake}/run-parts`, '#!/bin/sh\nexit 1\n', {mode: 0o755});
  symlinkSync(process.execPath, `${fake}/node`);
  const env = {...t.env, PATH: `${fake}:/usr/bin:/bin`, SUDO_USER: 'ann'};
  const {status, stdout} = await t.crcache(['doctor', '--json'], {env, cwd: `${t.dir}/here`});
  assert.is(status, 1);
  const found = JSON.parse(stdout) as {is: string; subject: string; words: string; hint?: string}[];
  const of = (subject: string): string => {
    const one = found.find((each) => each.subject === subject);
    return `${one?.is ?? ''}|${one?.words ?? ''}|${one?.hint ?? ''}`;
  };
  assert.match(of('program'), /^bad\|.*no 'crcache' on the PATH/);
  assert.match(of('user'), /^note\|.*by sudo from 'ann'\|configuration and state of 'ann'/);
  assert.match(of('project root'), /^bad\|.*may be written to by other users/);
  assert.match(of('configuration'), /^bad\|2 problems\|crcache check-source$/);
  assert.match(of('state directory'), /^bad\|.*may be used by others\|run: chmod 700/);
  assert.match(of('run-parts'), /^note\|.*is not Debian's/);
});

test('says of a type what it lacks, and what brings that', async (t) => {
  mkdirSync(`${t.dir}/bin`);
  symlinkSync(process.execPath, `${t.dir}/bin/node`);
  for (const each of ['cat', 'nsenter', 'sh', 'env', 'uname']) {
    writeFileSync(`${t.dir}/bin/${each}`, `#!/bin/sh\nexec /bin/${each} "$@"\n`, {mode: 0o755});
  }
  const env = {...t.env, PATH: `${t.dir}/bin`};
  const {status, stdout} = await t.crcache(['doctor', 'chroot'], {env});
  assert.is(status, 1);
  assert.match(stdout, /^bad {3}type chroot: there is no 'unshare'\n {6}hint: .*util-linux/);
  writeFileSync(`${t.dir}/bin/unshare`, '#!/bin/sh\n', {mode: 0o755});
  const whole = await t.crcache(['doctor', 'chroot'], {env});
  assert.equal(
    [whole.status, whole.stdout],
    [0, 'ok    type chroot: all programs that it calls are here\n'],
  );
  // All that it calls is here, and says no.
  writeFileSync(`${t.dir}/bin/unshare`, '#!/bin/sh\necho unshare: no >&2; exit 1\n', {mode: 0o755});
  const refused = await t.crcache(['doctor', 'chroot'], {env});
  const said = 'bad   type chroot: cannot make its namespace: unshare: no\n';
  assert.equal([refused.status, refused.stdout], [1, said]);
  // A program that is here, and cannot do what is asked of it, as busybox' env.
  writeFileSync(`${t.dir}/bin/schroot`, '#!/bin/sh\n', {mode: 0o755});
  const busybox = `case $1 in -*-*) exit 1 ;; esac; exec /bin/env "$@"`;
  writeFileSync(`${t.dir}/bin/env`, `#!/bin/sh\n${busybox}\n`, {mode: 0o755});
  const schroot = await t.crcache(['doctor', 'schroot'], {env});
  const unable = "bad   type schroot: the 'env' of this machine has no --default-signal\n";
  assert.is(schroot.status, 1);
  assert.is(
    schroot.stdout,
    `${unable}      hint: that of GNU's coreutils has: install the package 'coreutils'\n`,
  );
  const slurm = await t.crcache(['doctor', 'slurm'], {env});
  const lacking = /^bad {3}type slurm: there is no 'salloc', no 'srun'\n {6}hint: .*slurm/;
  assert.match(slurm.stdout, lacking);
  const all = await t.crcache(['doctor'], {env});
  assert.match(all.stdout, /^note {2}type container: there is no 'docker' or 'podman'$/m);
  const unknown = await t.crcache(['doctor', 'chrot'], {env});
  assert.equal(
    [unknown.status, unknown.stderr],
    [2, "crcache: unknown type 'chrot'\nhint: did you mean 'chroot'?\n"],
  );
});
