// The life of containers, with docker and with podman.

import * as assert from 'uvu/assert';
import {readFileSync} from 'node:fs';
import {idOf, preparePodman, startDocker} from '../../helpers/engines.js';
import {findProgram, type Result} from '../../helpers/programs.js';
import type {Sandbox} from '../../helpers/sandbox.js';
import {ownSeconds, processesWith} from '../../helpers/sleepers.js';
import {suite} from '../../helpers/suite.js';

const test = suite('container');

type Ask = (...words: readonly string[]) => Promise<string>;

interface Prepared {
  readonly call: (...words: readonly string[]) => Promise<Result>;
  /** What the engine answers; it must succeed. */
  readonly ask: Ask;
}

const engines = {docker: startDocker, podman: preparePodman};

async function prepareEngine(t: Sandbox, engine: keyof typeof engines): Promise<Prepared> {
  if (process.getuid?.() !== 0) t.skip('needs root');
  t.needs('busybox', 'dash', ...(engine === 'docker' ? ['dockerd', 'docker'] : [engine, 'runc']));
  await engines[engine](t);
  t.atEnd(() => t.crcache(['release', '--all']));
  return {call: (...words) => t.crcache(words), ask: (...words) => ok(t.run(engine, words))};
}

function source(t: Sandbox, ...lines: readonly string[]): void {
  const all = ['[DEFAULT]', 'type=container', ...lines, ''];
  t.write('config/sources/box/source.conf', all.join('\n'));
}

for (const engine of ['docker', 'podman'] as const) {
  test(`lives and dies, with ${engine}`, {timeLimitMs: 120_000}, async (t) => {
    const {ask, call} = await prepareEngine(t, engine);
    const lines = [
      ...[`engine=${engine}`, 'image=golden', 'args=--network none', 'reserve=1'],
      ...['env=A=b c', 'cwd=/tmp'],
    ];
    source(t, ...lines);
    // What it changes is where engines have files of their own.
    const hook = '#!/bin/sh\ncrcache run "$CRCACHE_INSTANCE" sh -c "echo made >/etc/group"\n';
    t.write('config/sources/box/provision.d/10-file', hook, 0o755);
    t.atEnd(() => call('discard-instance', '--force', 'box-0'));

    const neighbour = 'crcache-other-box-0-abc';
    // A foreign neighbour is left alone.
    await ask('run', '-d', '--network', 'none', '--name', neighbour, 'golden', 'sleep', '600');
    t.atEnd(() => t.run('sh', ['-c', '"$0" kill "$1"; "$0" rm -f "$1"', engine, neighbour]));

    await ok(call('acquire', '-s', 'box'));
    const id = idOf(t);
    assert.is(
      await ok(call('run', 'box-0', 'sh', '-c', 'echo "$A"; pwd; cat /etc/group')),
      'b c\n/tmp\nmade\n',
    );
    assert.is(
      await ok(call('run', '-u', '1234:5', 'box-0', 'sh', '-c', 'id -u; id -g')),
      '1234\n5\n',
    );
    // Its /tmp is not theirs to write to.
    const ended = await call('run', '-u', 'nobody', 'box-0', 'sh', '-c', 'id -un; exit 1');
    assert.equal([ended.status, ended.stdout, ended.stderr], [1, 'nobody\n', '']);
    // It has cleared every mark of its own.
    const sleep = ownSeconds(t);
    const change = `echo >/file; rm /etc/group; env -i setsid sleep ${sleep} >/dev/null 2>&1 &`;
    await ok(call('run', 'box-0', 'sh', '-c', change));
    await ok(call('release', 'box-0'));
    assert.equal(processesWith(sleep), []);
    await ok(call('acquire', '-s', 'box'));
    assert.is(idOf(t), id, 'it is the same instance');
    assert.is((await call('run', 'box-0', 'cat', '/file', '/etc/group')).stdout, 'made\n');
    await ok(call('release', 'box-0'));

    // One that was ended from outside is not given out.
    await ask('kill', id);
    await ok(call('acquire', '-s', 'box'));
    const next = idOf(t);
    assert.is.not(next, id);
    await ok(call('run', 'box-0', 'true'));
    assert.is(await named(ask), `${next}\n`);

    // What no record knows goes, and what an engine was making when who had asked for that was killed.
    const store = `crcache-${storeOf(t)}`;
    for (const kind of ['checkpoint', 'made'])
      await ask('tag', 'golden:latest', `${store}-${kind}:box-7-abc`);
    const {signal} = await killedAfter(t, {
      engine,
      verb: 'commit',
      words: ['acquire', '-s', 'box'],
    });
    assert.is(signal, 'SIGKILL');
    await addUnknown(t, ask);
    await ok(call('gc'));
    assert.is(await named(ask), `${next}\n`);
    const own = (await ask('images', '--format', '{{.Tag}}')).match(/^box-.*$/gm);
    assert.equal(own, [/box-0-.*$/.exec(next)?.[0]]);

    // One that is gone already is discarded all the same.
    await ask('rm', '-f', next);
    await ok(call('discard-instance', '--force', 'box-0'));
    assert.is(await named(ask), '');
    assert.not.match(await ask('images'), 'checkpoint');
    assert.match(await ask('ps'), neighbour);
  });
}

for (const engine of ['docker', 'podman'] as const) {
  const what = `has imports that outlive any death, with ${engine}`;
  test(what, {timeLimitMs: 120_000}, async (t) => {
    const {ask, call} = await prepareEngine(t, engine);
    source(t, `engine=${engine}`, 'image=golden', 'args=--network none');
    const imports = ['bound:/i/bound:rw', 'copied:/i/copied:rw:copy'];
    const acquire = ['acquire', '-s', 'box', ...imports.flatMap((each) => ['--import', each])];
    const die = async (step: string, words: readonly string[]): Promise<void> => {
      const {signal} = await t.crcache(words, {env: {...t.env, CRCACHE_STOP_AT: `kill:${step}`}});
      assert.is(signal, 'SIGKILL', step);
      await ok(call('gc', '-q'));
      assert.is(await named(ask), '', `no container is left after ${step}`);
      assert.not(readFileSync('/proc/self/mountinfo', 'utf8').includes(`${t.dir}/bound`), step);
    };
    const read = (): string[] =>
      ['bound', 'copied'].map((each) => readFileSync(`${t.dir}/${each}/file`, 'utf8'));
    for (const each of ['bound', 'copied']) t.write(`${each}/file`, 'old\n');
    await die('import:brought', acquire);
    assert.equal(read(), ['old\n', 'old\n']);
    await ok(call(...acquire));
    const line = 'for each in bound copied; do echo new >/i/$each/file; done';
    await ok(call('run', 'box-0', 'sh', '-c', line));
    await die('import:saved', ['release', 'box-0']);
    assert.equal(read(), ['new\n', 'new\n']);
  });
}

for (const engine of ['docker', 'podman'] as const) {
  test(
    `is given out unless somebody paused it, under its own name, with ${engine}`,
    {timeLimitMs: 120_000},
    async (t) => {
      const {ask, call} = await prepareEngine(t, engine);
      source(
        t,
        `engine=${engine}`,
        'image=golden',
        'args=--network none --name another',
        'reserve=1',
      );
      t.atEnd(() => call('discard-instance', '--force', 'box-0'));
      await ok(call('acquire', '-s', 'box'));
      assert.is((await ask('ps', '--all', '--format', '{{.Names}}')).trim(), idOf(t));
      await ok(call('release', 'box-0'));
      const paused = idOf(t);
      await ask('pause', paused);
      assert.is(await ok(call('with', 'box', '--', 'echo', 'fine')), 'fine\n');
      assert.not.match(await ask('ps', '--all', '--format', '{{.Names}}'), paused);

      source(t, `engine=${engine}`, 'image=golden', 'args=--no-such-option');
      const {stderr} = await call('acquire', '-s', 'box');
      assert.match(stderr, /unknown flag: --no-such-option/);
    },
  );
}

test('is made of a tree, and anew when that has changed', {timeLimitMs: 120_000}, async (t) => {
  const {ask, call} = await prepareEngine(t, 'docker');
  source(t, `rootfs=${t.dir}/image`, 'args=--network none');
  for (const round of ['one', 'two', undefined]) {
    if (round !== undefined) t.write('image/round', round);
    await ok(call('acquire', '-s', 'box'));
    assert.is(await ok(call('run', 'box-0', 'cat', '/round')), round ?? 'two');
    await ok(call('release', 'box-0'));
  }
  const images = await ask('images', '--format', '{{.Repository}}');
  assert.is(images.match(/^crcache-.*-golden$/gm)?.length, 2, images);
});

test('is found again whichever engine answers first', {timeLimitMs: 120_000}, async (t) => {
  const {ask, call} = await prepareEngine(t, 'podman');
  await engines.docker(t);
  t.write('docker/config.json', '{}'); // podman, too, wants the file of DOCKER_CONFIG
  source(t, 'image=golden', 'args=--network none');
  const lost = {...t.env, DOCKER_HOST: `unix://${t.dir}/none`};
  await killedAfter(t, {engine: 'podman', verb: 'run', words: ['acquire', '-s', 'box'], env: lost});
  assert.match(await named(ask), /^crcache-/);
  await ok(call('gc'));
  assert.is(await named(ask), '');
  await addUnknown(t, ask);
  await ok(call('gc'));
  assert.is(await named(ask), '', 'what no record knows is looked for in both');

  // Those that hang have the time of this timeout.
  const soon = `exec ${findProgram('timeout') ?? ''} -s KILL 0.2 "$@"`;
  t.write('bin/timeout', `#!/bin/sh\nshift 3\n${soon}\n`, 0o755);
  for (const engine of ['docker', 'podman'])
    t.write(`bin/${engine}`, '#!/bin/sh\nsleep 99\n', 0o755);
  const hanging = {env: {...t.env, PATH: `${t.dir}/bin:${t.env['PATH'] ?? ''}`}};
  const why = 'no engine answers: docker: nothing within 10 s; podman: nothing within 10 s';
  assert.match((await t.crcache(['doctor', 'container'], hanging)).stdout, why);
  const {stderr} = await t.crcache(['acquire', '-s', 'box'], hanging);
  assert.match(stderr, why);
  assert.is(await ok(call('list-instances')), '');
});

test('is made and entered by command lines', {timeLimitMs: 120_000}, async (t) => {
  const {ask, call} = await prepareEngine(t, 'podman');
  source(
    t,
    'args=--network none',
    `provision_command=cp -a ${t.dir}/image/. %{root} && echo %{instance} >%{root}/name`,
    'run_command=podman exec -i %{id} env BY=%{instance}',
  );
  await ok(call('acquire', '-s', 'box'));
  const said = await call('run', 'box-0', 'sh', '-c', 'echo "$BY"; cat /name; kill -9 $$');
  assert.equal([said.status, said.stdout], [137, 'box-0\nbox-0\n']);
  await ok(call('release', 'box-0'));
  assert.is(await ask('images', '--format', '{{.Repository}}'), 'localhost/golden\n');
});

interface Killing {
  readonly engine: string;
  readonly verb: string;
  readonly words: readonly string[];
  readonly env?: Sandbox['env'];
}

/** Calls crcache, which is killed as soon as its engine has done what a verb says. */
function killedAfter(t: Sandbox, {engine, verb, words, env = t.env}: Killing): Promise<Result> {
  const code = `${findProgram(engine) ?? ''} "$@"; status=$?
[ "$1" != ${verb} ] || kill -9 $PPID
exit $status`;
  t.write(`killing/${engine}`, `#!/bin/sh\n${code}\n`, 0o755);
  return t.crcache(words, {env: {...env, PATH: `${t.dir}/killing:${env['PATH'] ?? ''}`}});
}

/** Starts a container that looks like one of ours. */
async function addUnknown(t: Sandbox, ask: Ask): Promise<void> {
  const named = [
    '--label',
    `crcache.store=${storeOf(t)}`,
    '--name',
    `crcache-${storeOf(t)}-box-7-abc`,
  ];
  await ask('run', '-d', '--network', 'none', ...named, 'golden', 'sleep', '600');
}

/** The names of our containers. */
async function named(ask: Ask): Promise<string> {
  return ask('ps', '--all', '--filter', 'label=crcache.store', '--format', '{{.Names}}');
}

function storeOf(t: Sandbox): string {
  return /^id=(.+)$/m.exec(readFileSync(`${t.dir}/state/id`, 'utf8'))?.[1] ?? '';
}

async function ok(calling: Promise<Result>): Promise<string> {
  const {status, stdout, stderr} = await calling;
  assert.is(status, 0, stderr);
  return stdout;
}
