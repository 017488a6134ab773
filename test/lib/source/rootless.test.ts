// Containers of an ordinary user, whose podman needs no root: in a user namespace where that user is root.

import * as assert from 'uvu/assert';
import {execFileSync} from 'node:child_process';
import {chmodSync, mkdirSync, readFileSync, statSync} from 'node:fs';
import {configure} from '../../helpers/configured.js';
import {makeGolden} from '../../helpers/golden.js';
import type {Result} from '../../helpers/programs.js';
import {suite} from '../../helpers/suite.js';

const test = suite('rootless containers');

const uid = 54_322;

const configuration = `[containers]
default_ulimits = []
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
lock_type = "file"
`;

test('are those of an ordinary user, over a tree of theirs', {timeLimitMs: 60_000}, async (t) => {
  if (process.getuid?.() !== 0) t.skip('needs root, to become somebody else');
  t.needs('podman', 'runc', 'setpriv');
  makeGolden(t, `${t.dir}/golden`);
  mkdirSync(`${t.dir}/imported`);
  t.write('imported/file', 'old\n');
  t.env['CONTAINERS_CONF'] = t.write('containers.conf', configuration);
  configure(
    t,
    'box',
    ...['type=container', 'engine=podman', `rootfs=${t.dir}/golden`, 'args=--network none'],
  );
  execFileSync('chown', ['-R', `${String(uid)}:${String(uid)}`, t.dir]);
  chmodSync(t.dir, 0o755);
  const as = (program: string, ...words: readonly string[]): Promise<Result> => {
    const who = [`--reuid=${String(uid)}`, `--regid=${String(uid)}`, '--clear-groups'];
    return t.run('setpriv', [...who, program, ...words]);
  };
  const refused = await as('podman', 'unshare', 'true');
  if (refused.status !== 0) t.skip(`nobody but root may have containers here: ${refused.stderr}`);
  t.atEnd(() => as('podman', 'system', 'reset', '--force'));
  const ok = async (...words: readonly string[]): Promise<string> => {
    const {status, stdout, stderr} = await as('crcache', ...words);
    assert.is(status, 0, stderr);
    return stdout;
  };

  await ok('acquire', '-s', 'box', '--import', `${t.dir}/imported:/imported:rw`);
  t.atEnd(() => as('crcache', 'discard-instance', '--force', 'box-0'));
  const code = 'id -u; echo new >/imported/file; echo >/dirt; stat -c %u /bin /imported/file';
  assert.is(await ok('run', 'box-0', 'sh', '-c', code), '0\n0\n0\n');
  assert.is(readFileSync(`${t.dir}/imported/file`, 'utf8'), 'new\n');
  assert.is(statSync(`${t.dir}/imported/file`).uid, uid);
  assert.is((await as('crcache', 'run', 'box-0', 'sh', '-c', 'kill -9 $$')).status, 137);
  await ok('reset-instance', 'box-0');
  assert.is(await ok('run', 'box-0', 'sh', '-c', 'ls / | grep dirt; ls /imported'), 'file\n');
  await ok('release', 'box-0');
  assert.is((await as('podman', 'ps', '--all', '--quiet')).stdout, '');
});
