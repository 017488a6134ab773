// Rubbish in each place of the state directory, and symlinks to nowhere in each state: no command breaks down over it,
// and after fsck --repair there are instances again.

import {rmSync, symlinkSync, writeFileSync} from 'node:fs';
import * as assert from 'uvu/assert';
import {configure, inState, succeed} from './helpers/damaged.js';
import {suite} from './helpers/suite.js';

const test = suite('rubbish');

/** Places for a file of rubbish, and the statuses that acquire and release may end with. */
const places = [
  'format',
  'id',
  'gc',
  'notes',
  'sources/x',
  'sources/s/lock',
  'sources/s/lock.holder',
  'sources/s/origin',
  'sources/s/log',
  'sources/s/configs.hash',
  'sources/s/notes',
  'sources/s/queue/rubbish',
  'sources/s/trash/rubbish',
  'sources/s/failed/rubbish',
  'sources/s/configs/rubbish',
  'sources/s/instances/rubbish',
  'sources/s/instances/s-4',
  ...[
    'provisioning',
    'cached',
    'allocating',
    'in-use',
    'releasing',
    'discarding',
    'broken',
  ].flatMap((state) => [`sources/s/${state}/rubbish`, `sources/s/${state}/s-4`]),
  ...[
    'lease',
    'handle',
    'created',
    'used',
    'uses',
    'concurrency',
    'incarnation',
    'problem',
    'config',
    'run',
    'running/rubbish',
    'workers/rubbish',
  ].map((file) => `sources/s/instances/s-{0,1}/${file}`),
];

for (const place of places) {
  test(`rubbish for ${place}`, async (t) => {
    configure(t, {reserve: 2});
    await succeed(t, 'acquire', '2');
    await succeed(t, 'release', 's-1');
    for (const digit of place.includes('{') ? ['0', '1'] : ['']) {
      const file = inState(t, place.replace('{0,1}', digit));
      rmSync(file, {force: true});
      writeFileSync(file, 'rubbish\n', {mode: 0o600});
    }
    for (const words of [['acquire'], ['release', 's-0'], ['gc']]) {
      const {status, stderr} = await t.crcache(words);
      assert.ok([0, 1, 2, 12, 14].includes(status ?? -1), `${words.join(' ')}: ${stderr}`);
      if (status === 14) assert.match(stderr, /\nhint: .*crcache fsck/);
      if (status !== 0) assert.match(stderr, /^(crcache: .+\n(  s-.+\n)*)+(hint: .+\n)?$/);
    }
    await t.crcache(['fsck', '--repair']);
    const after = await t.crcache(['fsck']);
    assert.ok(after.status === 0 || /s-[01]/.test(after.stdout), after.stdout);
    await succeed(t, 'acquire');
  });
}

for (const state of [
  'provisioning',
  'cached',
  'allocating',
  'in-use',
  'releasing',
  'discarding',
  'broken',
]) {
  test(`a symlink to nowhere in '${state}'`, async (t) => {
    configure(t);
    await succeed(t, 'acquire', '2');
    const isWorked = state.endsWith('ing');
    const name = isWorked ? 's-4@gone,1,2,3,4,abc' : 's-4';
    symlinkSync('../instances/s-4', inState(t, `sources/s/${state}/${name}`));
    for (const words of [['release', 's-0'], ['acquire'], ['gc']]) {
      const result = await t.crcache(words);
      assert.ok([0, 1, 14].includes(result.status ?? -1), result.stderr);
    }
    await t.crcache(['fsck', '--repair']);
    if (!isWorked) assert.is(await succeed(t, 'fsck'), '');
    await succeed(t, 'acquire');
    await succeed(t, 'release', '--all');
  });
}
