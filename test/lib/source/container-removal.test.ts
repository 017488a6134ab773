// How containers go that somebody else is about to remove.

import * as assert from 'uvu/assert';
import type {ChildProcess} from 'node:child_process';
import {appendFileSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {setTimeout as pause} from 'node:timers/promises';
import {idOf, preparePodman, startDocker} from '../../helpers/engines.js';
import {makeGolden} from '../../helpers/golden.js';
import {until} from '../../helpers/held.js';
import {findProgram, type Result} from '../../helpers/programs.js';
import type {Sandbox} from '../../helpers/sandbox.js';
import {ownSeconds, processesWith} from '../../helpers/sleepers.js';
import {suite} from '../../helpers/suite.js';
import {controlGroups} from '../../helpers/things.js';

const test = suite('removal of containers');

test('waits for what a daemon does already', {timeLimitMs: 120_000}, async (t) => {
  if (process.getuid?.() !== 0) t.skip('needs root');
  t.needs('busybox', 'dash', 'dockerd', 'docker', 'nsenter');
  await startDocker(t);
  const lines = ['type=container', 'engine=docker', 'image=golden', 'args=--network none', ''];
  t.write('config/sources/box/source.conf', lines.join('\n'));
  await ok(t.crcache(['acquire', '-s', 'box']));
  const id = idOf(t);
  const pid = await ok(t.run('docker', ['inspect', '--format', '{{.State.Pid}}', id]));
  const letGo = await keepFromEnding(t, pid.trim());

  const first = t.run('docker', ['rm', '--force', id]);
  const refusal = / is already in progress$/m;
  while (!refusal.test((await t.run('docker', ['rm', id])).stderr)) await pause(20);

  const trace = t.write('trace', '');
  const removals = (): number =>
    readFileSync(trace, 'utf8').match(/run 'docker' rm /g)?.length ?? 0;
  let isOver = false;
  const discarding = t
    .crcache(['discard-instance', '--force', 'box-0'], {env: {...t.env, CRCACHE_TRACE: trace}})
    .finally(() => (isOver = true));
  await until(() => removals() > 2 || isOver, 'it has asked several times');
  letGo();
  await ok(discarding);
  await first;
  assert.is(await ok(t.run('docker', ['ps', '--all', '--quiet'])), '');
  assert.is(await ok(t.crcache(['list-instances'])), '');
});

test('waits for what a daemon has yet to make', {timeLimitMs: 120_000}, async (t) => {
  if (process.getuid?.() !== 0) t.skip('needs root');
  t.needs('busybox', 'dash', 'dockerd', 'docker');
  makeGolden(t, `${t.dir}/image`);
  // Each goes into a volume before there is such a container.
  for (let file = 0; file < 2000; file++) t.write(`image/many/${String(file)}`, '');
  await startDocker(t);
  const args = '--network none --volume /many';
  const lines = ['type=container', 'engine=docker', 'image=golden', `args=${args}`, ''];
  t.write('config/sources/box/source.conf', lines.join('\n'));
  let pid = 0;
  const onStart = (child: ChildProcess): void => void (pid = child.pid ?? 0);
  const acquiring = t.crcache(['acquire', '-s', 'box'], {onStart});
  const volumes = `${t.dir}/docker/data/volumes`;
  await until(() => readdirSync(volumes).some((name) => name.length === 64), 'it is being made');
  const id = idOf(t);
  process.kill(pid, 'SIGKILL');
  await acquiring;
  await ok(t.crcache(['gc']));
  assert.is(await ok(t.run('docker', ['ps', '--all', '--quiet'])), '');
  assert.is(await ok(t.run('docker', ['volume', 'ls', '--quiet'])), '');
  await ok(t.run('docker', ['create', '--name', id, 'golden', 'true']));
});

test('ends what a run that was killed had started', {timeLimitMs: 60_000}, async (t) => {
  if (process.getuid?.() !== 0) t.skip('needs root');
  t.needs('busybox', 'dash', 'podman', 'runc');
  await preparePodman(t);
  const lines = ['type=container', 'engine=podman', 'image=golden', 'args=--network none', ''];
  t.write('config/sources/box/source.conf', lines.join('\n'));
  // The runtime has made a container, and podman, which is about to note that, is killed.
  const podman = `echo $$ >${t.dir}/client; exec ${findProgram('podman') ?? ''} "$@"`;
  t.write('bin/podman', `#!/bin/sh\n${podman}\n`, 0o755);
  const runtime = `
for last; do :; done
case " $* " in *' create '*) ;; *) exec "$runc" "$@" ;; esac
"$runc" "$@" || exit
echo "$last" >>${t.dir}/containers
kill -9 "$(cat ${t.dir}/client)"`;
  t.write('bin/runc', `#!/bin/sh\nrunc=${findProgram('runc') ?? ''}${runtime}\n`, 0o755);
  const file = `${t.dir}/podman/containers.conf`;
  appendFileSync(file, `[engine.runtimes]\nrunc = ["${t.dir}/bin/runc"]\n`);

  const env = {...t.env, PATH: `${t.dir}/bin:${t.env['PATH'] ?? ''}`};
  const {status} = await t.crcache(['acquire', '-s', 'box'], {env});
  assert.is(status, 1);
  const [id = '', ...others] = readFileSync(`${t.dir}/containers`, 'utf8').trim().split('\n');
  t.atEnd(() => t.run('runc', ['delete', '--force', id]));
  assert.equal([id.length, others], [64, []]);
  assert.equal(processesWith(id), []);
  assert.is((await ok(t.run('runc', ['list', '--quiet']))).includes(id), false);
  assert.equal(
    controlGroups((name) => name.endsWith(id)),
    [],
  );
  assert.is(await ok(t.run('podman', ['ps', '--all', '--external', '--quiet'])), '');
});

test('leaves what podman itself does not know', {timeLimitMs: 60_000}, async (t) => {
  if (process.getuid?.() !== 0) t.skip('needs root');
  t.needs('busybox', 'dash', 'podman', 'runc');
  await preparePodman(t);
  await ok(t.run('podman', ['create', '--name', 'another', '--network', 'none', 'golden', 'true']));
  for (const each of ['libpod/bolt_state.db', 'db.sql'])
    rmSync(`${t.dir}/podman/root/${each}`, {force: true});
  const lines = ['type=container', 'engine=podman', 'image=golden', 'args=--network none', ''];
  t.write('config/sources/box/source.conf', lines.join('\n'));
  await ok(t.crcache(['acquire', '-s', 'box']));
  await ok(t.run('podman', ['rm', '--force', idOf(t)]));
  await ok(t.crcache(['discard-instance', '--force', 'box-0']));
  const words = ['ps', '--all', '--external', '--format', '{{.Names}} {{.Status}}'];
  assert.is(await ok(t.run('podman', words)), 'another Storage\n');
});

/**
 * Keeps the first process of a namespace from having ended when it is killed: it waits until all in there are buried, and
 * one that was led in has a parent out here, who is stopped. The value lets it end.
 */
async function keepFromEnding(t: Sandbox, pid: string): Promise<() => void> {
  const seconds = ownSeconds(t);
  let parent: ChildProcess | undefined;
  const onStart = (child: ChildProcess): void => void (parent = child);
  void t.run('nsenter', ['--target', pid, '--pid', 'sleep', seconds], {onStart});
  await until(() => processesWith(seconds).length === 2, 'somebody is in there');
  parent?.kill('SIGSTOP');
  return () => parent?.kill('SIGKILL');
}

async function ok(calling: Promise<Result>): Promise<string> {
  const {status, stdout, stderr} = await calling;
  assert.is(status, 0, stderr);
  return stdout;
}
