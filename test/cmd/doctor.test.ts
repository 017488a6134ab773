import {chmodSync, mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import * as assert from 'uvu/assert';
import {configure, succeed} from '../helpers/configured.js';
import {suite} from '../helpers/suite.js';

const test = suite('doctor');

test('says which roots and which state directory are used, and that all is well', async (t) => {
  t.needs('run-parts');
  configure(t, 'box', 'type=sim');
  await succeed(t, 'acquire -s box');
  mkdirSync(`${t.dir}/work/.crcache`, {recursive: true});
  const at = {cwd: `${t.dir}/work`};
  const {status, stdout, stderr} = await t.crcache(['doctor'], at);
  assert.is(stderr, '');
  assert.is(status, 0, stdout);
  for (const line of [
    `ok    user root: '${t.dir}/config' has box`,
    `ok    project root: '${t.dir}/work/.crcache' has no source`,
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
  mkdirSync(`${t.dir}/work/.crcache`, {recursive: true});
  chmodSync(`${t.dir}/work/.crcache`, 0o777);
  mkdirSync(`${t.dir}/state/sources`, {recursive: true});
  chmodSync(`${t.dir}/state`, 0o755);
  const fake = `${t.dir}/bin`;
  mkdirSync(fake);
  writeFileSync(`${fake}/run-parts`, '#!/bin/sh\nexit 1\n', {mode: 0o755});
  symlinkSync(process.execPath, `${fake}/node`);
  const env = {...t.env, PATH: `${fake}:/usr/bin:/bin`, SUDO_USER: 'ann'};
  const {status, stdout} = await t.crcache(['doctor', '--json'], {env, cwd: `${t.dir}/work`});
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
