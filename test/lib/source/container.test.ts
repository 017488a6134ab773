// The life of containers, with docker and with podman.

import * as assert from 'uvu/assert';
import {readFileSync} from 'node:fs';
import {preparePodman, startDocker} from '../../helpers/engines.js';
import type {Result} from '../../helpers/programs.js';
import type {Sandbox} from '../../helpers/sandbox.js';
import {suite} from '../../helpers/suite.js';

const test = suite('container');

const engines = {docker: startDocker, podman: preparePodman};

for (const [engine, prepare] of Object.entries(engines)) {
  test(`lives and dies, with ${engine}`, {timeLimitMs: 120_000}, async (t) => {
    if (process.getuid?.() !== 0) t.skip('needs root');
    t.needs('busybox', 'dash', ...(engine === 'docker' ? ['dockerd', 'docker'] : [engine, 'runc']));
    await prepare(t);
    const lines = [
      ...['type=container', `engine=${engine}`, 'image=golden', 'args=--network none', 'reserve=1'],
      ...['env=A=b c', 'cwd=/tmp'],
    ];
    t.write('config/sources/box/source.conf', ['[DEFAULT]', ...lines, ''].join('\n'));
    const hook = '#!/bin/sh\ncrcache run "$CRCACHE_INSTANCE" sh -c "echo made >/provisioned"\n';
    t.write('config/sources/box/provision.d/10-file', hook, 0o755);
    const call = (...words: readonly string[]): Promise<Result> => t.crcache(words);
    const ask = async (...words: readonly string[]): Promise<string> => ok(t.run(engine, words));
    t.atEnd(() => call('discard-instance', '--force', 'box-0'));
    t.atEnd(() => call('release', '--all'));

    const neighbour = 'crcache-other-box-0-abc';
    // A foreign neighbour is left alone.
    await ask('run', '-d', '--network', 'none', '--name', neighbour, 'golden', 'sleep', '600');
    t.atEnd(() => t.run('sh', ['-c', '"$0" kill "$1"; "$0" rm -f "$1"', engine, neighbour]));

    await ok(call('acquire', '-s', 'box'));
    const id = idOf(t);
    assert.is(
      await ok(call('run', 'box-0', 'sh', '-c', 'echo "$A"; pwd; cat /provisioned')),
      'b c\n/tmp\nmade\n',
    );
    // It has cleared every mark of its own.
    const change = 'echo >/file; rm /provisioned; env -i setsid sleep 98765 >/dev/null 2>&1 &';
    await ok(call('run', 'box-0', 'sh', '-c', change));
    await ok(call('release', 'box-0'));
    assert.is((await t.run('pgrep', ['-f', 'sleep 98765'])).stdout, '');
    await ok(call('acquire', '-s', 'box'));
    assert.is(idOf(t), id, 'it is the same instance');
    assert.is((await call('run', 'box-0', 'ls', '/file', '/provisioned')).stdout, '/provisioned\n');
    await ok(call('release', 'box-0'));

    // One that was ended from outside is not given out.
    await ask('kill', id);
    await ok(call('acquire', '-s', 'box'));
    const next = idOf(t);
    assert.is.not(next, id);
    await ok(call('run', 'box-0', 'true'));
    assert.is(await named(ask), `${next}\n`);

    // What no record knows goes.
    const store = /^crcache-[^-]+/.exec(next)?.[0] ?? '';
    const label = `crcache.store=${store.slice('crcache-'.length)}`;
    await ask(
      'run',
      '-d',
      '--network',
      'none',
      '--label',
      label,
      '--name',
      `${store}-box-7-abc`,
      'golden',
      'sleep',
      '600',
    );
    await ok(call('gc'));
    assert.is(await named(ask), `${next}\n`);

    // One that is gone already is discarded all the same.
    await ask('rm', '-f', next);
    await ok(call('discard-instance', '--force', 'box-0'));
    assert.is(await named(ask), '');
    assert.not.match(await ask('images'), 'checkpoint');
    assert.match(await ask('ps'), neighbour);
  });
}

/** The names of our containers. */
async function named(ask: (...words: readonly string[]) => Promise<string>): Promise<string> {
  return ask('ps', '--all', '--filter', 'label=crcache.store', '--format', '{{.Names}}');
}

function idOf(t: Sandbox): string {
  const text = readFileSync(`${t.dir}/state/sources/box/instances/box-0/handle`, 'utf8');
  return /^id=(.+)$/m.exec(text)?.[1] ?? '';
}

async function ok(calling: Promise<Result>): Promise<string> {
  const {status, stdout, stderr} = await calling;
  assert.is(status, 0, stderr);
  return stdout;
}
