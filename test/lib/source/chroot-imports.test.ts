// What a chroot has of this machine for a while, and what it never gets at.

import * as assert from 'uvu/assert';
import {chownSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync} from 'node:fs';
import {dirname} from 'node:path';
import {discardAtEnd} from '../../helpers/configured.js';
import {makeGolden} from '../../helpers/golden.js';
import type {Sandbox} from '../../helpers/sandbox.js';
import {suite} from '../../helpers/suite.js';
import {World} from '../../helpers/world.js';

const test = suite('imports into a chroot');

/** Chroots over a tree one of whose directories is a symlink that, from outside, leads out of it. */
function chroots(t: Sandbox): World {
  t.needs('unshare', 'nsenter', 'mount');
  if (process.getuid?.() !== 0) t.skip('needs root');
  makeGolden(t, `${t.dir}/golden`);
  mkdirSync(`${t.dir}/outside`);
  mkdirSync(`${t.dir}/golden${dirname(t.dir)}`, {recursive: true});
  symlinkSync(`${t.dir}/outside`, `${t.dir}/golden/way`);
  symlinkSync('../../../../../../../..' + `${t.dir}/outside`, `${t.dir}/golden/climb`);
  mkdirSync(`${t.dir}/golden${t.dir}/outside`, {recursive: true});
  t.write('canary/file', 'alive\n');
  const world = new World(t, {trees: {type: 'chroot', root: `${t.dir}/golden`, reserve: 1}});
  discardAtEnd(t, world.env);
  return world;
}

const isMounted = (t: Sandbox, path: string): boolean =>
  readFileSync('/proc/self/mountinfo', 'utf8').includes(`${t.dir}/${path}`);

test('go where their paths lead in it, by whatever symlinks', async (t) => {
  const world = chroots(t);
  const words = ['way/a:rw', 'climb/b:rw', 'way/c:rw:copy', 'climb/d:overlay', 'climb/e:overlay'];
  const options = words.flatMap((each) => ['--import', `canary:/${each}`]);
  await world.must('acquire', '-s', 'trees', ...options);
  t.write('sent', 'sent\n');
  await world.must('cp', 'sent', 'trees-0:/climb/f');
  assert.equal(readdirSync(`${t.dir}/outside`), []);
  const there = `${t.dir}/outside`;
  const code = `cat ${there}/[a-e]/file ${there}/f; echo d >/climb/d/file; cat /climb/[de]/file`;
  const {stdout, stderr} = await world.run(['run', 'trees-0', 'sh', '-c', code]);
  assert.is(stdout, `${'alive\n'.repeat(5)}sent\nd\nalive\n`, stderr);
  assert.not(isMounted(t, 'outside'));
  const held = await world.run([
    'run',
    'trees-0',
    'sh',
    '-c',
    `cd ${there}/a && setsid sleep 1000 >/dev/null 2>&1 &`,
  ]);
  assert.is(held.status, 0, held.stderr);
  await world.must('release', 'trees-0');
  assert.equal(readdirSync(`${t.dir}/outside`), []);
  assert.is(readFileSync(`${t.dir}/canary/file`, 'utf8'), 'alive\n');
  const again = await world.must('acquire', '-s', 'trees');
  const left = await world.run(['run', ...again, 'sh', '-c', `ls ${there}`]);
  assert.is(left.stdout, '');
  await world.must('release', ...again);
});

test('outlive any death: what they hold is never removed', async (t) => {
  const world = chroots(t);
  const options = ['a:rw', 'b:overlay', 'c:rw:copy'].flatMap((each) => [
    '--import',
    `canary:/way/${each}`,
  ]);
  const acquire = ['acquire', '-s', 'trees', ...options];
  for (const step of ['import:noted', 'import:brought:2', 'allocate:leased']) {
    const died = await world.run(acquire, {CRCACHE_STOP_AT: `kill:${step}`});
    assert.is(died.signal, 'SIGKILL', died.stderr);
    await world.must('gc');
    assert.equal(readdirSync(`${t.dir}/canary`), ['file'], step);
  }
  for (const step of ['import:saved', 'import:undone', 'import:undone:2']) {
    const [name = ''] = await world.must(...acquire);
    const died = await world.run(['release', name], {CRCACHE_STOP_AT: `kill:${step}`});
    assert.is(died.signal, 'SIGKILL', died.stderr);
    await world.must('gc');
    assert.equal(readdirSync(`${t.dir}/canary`), ['file'], step);
  }
  const [name = ''] = await world.must(...acquire);
  await world.must('discard-instance', '--force', name);
  assert.is(readFileSync(`${t.dir}/canary/file`, 'utf8'), 'alive\n');
});

const ordinaryUid = 54321;

test('belong to who called, where that is an ordinary user', async (t) => {
  const world = chroots(t);
  t.needs('setpriv');
  await t.run('chown', ['-R', String(ordinaryUid), t.dir]);
  chownSync(`${t.dir}/canary`, ordinaryUid, ordinaryUid);
  const ids = [`--reuid=${String(ordinaryUid)}`, `--regid=${String(ordinaryUid)}`];
  const code = `set -e; name=$(crcache acquire -s trees --import ${t.dir}/canary:/w:rw)
    crcache run $name sh -c 'id -u; echo made >/w/made'; crcache release $name`;
  const words = [...ids, '--clear-groups', 'sh', '-c', code];
  const {stdout, stderr} = await t.run('setpriv', words, {env: world.env});
  assert.is(stdout, '0\n', stderr);
  const {uid, gid} = lstatSync(`${t.dir}/canary/made`);
  assert.equal([uid, gid], [ordinaryUid, ordinaryUid]);
});
