// Where an engine's own ways would get between us and a container: its options, its volumes, its registry, its restarts.

import * as assert from 'uvu/assert';
import {idOf, preparePodman, startDocker} from '../../helpers/engines.js';
import type {Result} from '../../helpers/programs.js';
import type {Sandbox} from '../../helpers/sandbox.js';
import {processesWith} from '../../helpers/sleepers.js';
import {suite} from '../../helpers/suite.js';

const test = suite('corners of containers');

const engines = {docker: startDocker, podman: preparePodman};

interface Prepared {
  /** The stdout of a crcache that succeeds. */
  readonly call: (...words: readonly string[]) => Promise<string>;
  /** The stdout of an engine that succeeds. */
  readonly ask: (...words: readonly string[]) => Promise<string>;
}

async function prepareEngine(t: Sandbox, engine: keyof typeof engines): Promise<Prepared> {
  if (process.getuid?.() !== 0) t.skip('needs root');
  t.needs('busybox', 'dash', ...(engine === 'docker' ? ['dockerd', 'docker'] : [engine, 'runc']));
  await engines[engine](t);
  t.atEnd(() => t.crcache(['discard-instance', '--force', '-s', 'box', '--all']));
  return {
    call: async (...words) => stdoutOf(await t.crcache(words)),
    ask: async (...words) => stdoutOf(await t.run(engine, words)),
  };
}

function stdoutOf({status, stdout, stderr}: Result): string {
  assert.is(status, 0, stderr);
  return stdout;
}

function source(t: Sandbox, ...lines: readonly string[]): void {
  t.write(
    'config/sources/box/source.conf',
    ['[DEFAULT]', 'type=container', ...lines, ''].join('\n'),
  );
}

for (const engine of ['docker', 'podman'] as const) {
  const lines = [`engine=${engine}`, 'image=golden', 'reserve=1'];

  test(`keeps its name and label whatever is in args, with ${engine}`, async (t) => {
    const {ask, call} = await prepareEngine(t, engine);
    source(t, ...lines, `args=--network none --label crcache.store=x --env 'A=b  "c' --env B=\\"`);
    await call('acquire', '-s', 'box');
    const show = 'printf "<%s>" "$A" "$B"';
    assert.is(await call('run', 'box-0', 'sh', '-c', show), '<b  "c><">');
    const label = '{{index .Config.Labels "crcache.store"}}';
    const told = await ask('inspect', '--format', label, idOf(t));
    assert.ok(idOf(t).startsWith(`crcache-${told.trim()}-`));
  });

  test(`ends what runs in it after others have restarted it, with ${engine}`, async (t) => {
    const {ask, call} = await prepareEngine(t, engine);
    source(t, ...lines, 'args=--network none', 'reset=never');
    await call('acquire', '-s', 'box');
    await ask('restart', '-t', '0', idOf(t));
    const code = 'env -i setsid sleep 86017 >/dev/null 2>&1 & echo begun';
    assert.is(await call('run', 'box-0', 'sh', '-c', code), 'begun\n');
    await call('release', 'box-0');
    assert.equal(processesWith('86017'), []);
    assert.is(await call('acquire', '-s', 'box'), 'box-0\n');
  });

  test(`says what a reset loses, with ${engine}`, {timeLimitMs: 60_000}, async (t) => {
    const {ask, call} = await prepareEngine(t, engine);
    await ask('create', '--name', 'maker', '--network', 'none', 'golden', 'true');
    await ask('commit', '--change', 'VOLUME /data', 'maker', 'voluminous');
    await ask('rm', 'maker');
    source(t, lines[0] ?? '', 'image=voluminous', 'args=--network none');
    const hook = '#!/bin/sh\ncrcache run "$CRCACHE_INSTANCE" touch /made /data/made\n';
    t.write('config/sources/box/provision.d/10-made', hook, 0o755);
    const {stdout, stderr} = await t.crcache(['acquire', '-s', 'box']);
    assert.is(stdout, 'box-0\n');
    assert.match(
      stderr,
      /'box-0': what provision\.d does in '\/data' goes at a reset: it is a volu/,
    );
    // Whoever removes its image is not to have it looked for in a registry.
    const images = (await ask('images', '--format', '{{.Repository}}:{{.Tag}}')).split('\n');
    await ask('rmi', '--force', images.find((name) => name.includes('-checkpoint:')) ?? '');
    const reset = await t.crcache(['reset-instance', 'box-0']);
    assert.match(reset.stderr, /cannot reset 'box-0': '[a-z]+ run': .*[Nn]o such image|not known/);
    await call('release', '-f', 'box-0');
  });
}

test('wants words in args, and a name as its image', async (t) => {
  for (const [given, said] of [
    [['image=golden', "args=--label 'a b"], "'args' wants words in which every quote is closed"],
    [['image=--help'], "'image' wants the name of an image, not '--help'"],
  ] as const) {
    source(t, ...given);
    const {status, stderr} = await t.crcache(['acquire', '-s', 'box']);
    assert.is(status, 2);
    assert.match(stderr, said);
  }
});
