// run --files: the callout of test runners, where an instance has not this machine's files. The rest of it is in the
// contract of all kinds of instances.

import * as assert from 'uvu/assert';
import {readFileSync, writeFileSync} from 'node:fs';
import {basename} from 'node:path';
import {sim} from '../../lib/source/sim.js';
import type {Sandbox} from '../helpers/sandbox.js';
import {suite} from '../helpers/suite.js';
import {World} from '../helpers/world.js';
import {acquireKind} from '../lib/source/contract/kinds.js';

const test = suite('run --files');

test('wants a command', async (t) => {
  const name = await acquireKind(t, {name: 'sim', source: 'fake', sources: {fake: ['type=sim']}});
  for (const words of [[], ['a'], ['a', '--'], ['--', 'A=b']]) {
    const {status, stderr} = await t.crcache(['run', '--files', name, ...words]);
    assert.equal([status, stderr], [125, "crcache: COMMAND is missing after '--'\n"]);
  }
});

/** An instance that has a /tmp of its own, and says that it does not see the files of this machine. */
async function farInstance(t: Sandbox): Promise<World> {
  t.needs('unshare', 'mount');
  if (process.getuid?.() !== 0) t.skip('needs root');
  if (!t.dir.startsWith('/tmp/')) t.skip('needs a sandbox in /tmp');
  const was = Object.getOwnPropertyDescriptors(sim);
  t.atEnd(() => Object.defineProperties(sim, was));
  Object.assign(sim, {capabilities: () => ({isolation: 'root', sharesFiles: false, reset: true})});
  const world = new World(t, {far: {type: 'sim'}});
  await world.must('acquire', '-s', 'far');
  t.write('far/.keep', '');
  const way = `mount --bind ${t.dir}/far /tmp && exec "$@"`;
  const script = `#!/bin/sh\nexec unshare -m --propagation private sh -c '${way}' sh "$@"\n`;
  writeFileSync(`${world.state}/sources/far/instances/far-0/run`, script);
  return world;
}

/** Runs a command with files in that instance; its output goes to a file, which the words name themselves. */
async function runFar(world: World, files: readonly string[], code: string): Promise<string[]> {
  const {t} = world;
  const words = ['--', 'sh', '-c', code, 'sh', ...files];
  await world.must('run', '--files', 'far-0', ...files, ...words);
  return readFileSync(`${t.dir}/far/out`, 'utf8').split('\n').slice(0, -1);
}

test('copies files to the same path, with their modes', async (t) => {
  const world = await farInstance(t);
  const file = t.write('deep/down/a file', 'text', 0o741);
  assert.equal(
    await runFar(
      world,
      [file],
      'ls -l "$1" | cut -c 1-10 >/tmp/out; cat "$1" >>/tmp/out; echo " $1" >>/tmp/out',
    ),
    ['-rwxr----x', `text ${file}`],
  );
});

test('copies a file whose path cannot be to another one, which the words name then', async (t) => {
  const world = await farInstance(t);
  const code = 'for word; do echo "$word"; done >/tmp/out; cat "$1" >>/tmp/out';
  const file = t.write('blocked/file', 'text\n');
  t.write(`far/${basename(t.dir)}/blocked`, 'a file in the place of its directory\n');
  const words = [file, `--list=${file}`, `${file}.old`, `/x${file}`, `${file}:1`];
  await world.must('run', '--files', 'far-0', file, '--', 'sh', '-c', code, 'sh', ...words);
  const {stdout} = await t.run('cat', [`${t.dir}/far/out`]);
  const place = stdout.split('\n')[0] ?? '';
  assert.match(place, /^\/tmp\/crcache-[a-z0-9]+\/file$/);
  const expected = [place, `--list=${place}`, `${file}.old`, `/x${file}`, `${place}:1`, 'text', ''];
  assert.equal(stdout.split('\n'), expected);
});

test('says which file is missing', async (t) => {
  const world = await farInstance(t);
  const {status, stderr} = await world.here(['run', '--files', 'far-0', 'no-such', '--', 'true']);
  assert.equal([status, stderr], [125, `crcache: there is no file '${t.dir}/no-such'\n`]);
});
