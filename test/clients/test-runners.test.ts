// Test runners that take a prefix: each runs what it runs in instances of a pool.

import * as assert from 'uvu/assert';
import {configure, succeed} from '../helpers/configured.js';
import {copyExample, useSystemPrograms} from '../helpers/examples.js';
import {suite} from '../helpers/suite.js';

const test = suite('test runners');

const runners: Readonly<Record<string, readonly string[]>> = {
  prove: ['prove'],
  make: ['make'],
  ctest: ['ctest'],
  npm: ['npm'],
  node: ['node'],
  pytest: ['pytest-3'],
};

for (const [name, programs] of Object.entries(runners)) {
  test(`${name} runs its tests in instances`, {timeLimitMs: 120_000}, async (t) => {
    t.needs(...programs);
    useSystemPrograms(t);
    configure(t, 'place', 'type=local', 'maximum=2');
    configure(t, 'tests', 'type=pool', 'sources=place');
    const cwd = copyExample(t, 'test-runners');
    const {status, stdout, stderr} = await t.run(`./with-${name}`, [], {cwd});
    assert.is(status, 0, stdout + stderr);
    assert.is(await succeed(t, 'status --query in-use tests'), '0\n');
  });
}
