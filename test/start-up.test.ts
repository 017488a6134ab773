// What a start loads: a module of node's that slips in costs every command milliseconds, and nobody sees it.

import {readFileSync} from 'node:fs';
import path from 'node:path';
import * as assert from 'uvu/assert';
import {repository} from './helpers/sandbox.js';
import {suite} from './helpers/suite.js';

const test = suite('start-up');

/** Tells at the end what was loaded since it began. */
const probe = `
  const before = new Set(process.moduleLoadList);
  process.on('exit', () => {
    const loaded = process.moduleLoadList.filter((name) => !before.has(name));
    require('node:fs').writeFileSync(process.env.LOADED, loaded.map((name) => name + '\\n').join(''));
  });
`;

const cheap = [
  'NativeModule vm',
  'NativeModule os',
  'Internal Binding os',
  'Internal Binding signal_wrap',
  'NativeModule internal/fs/rimraf',
];

test('loads no module of node that takes time', async (t) => {
  const program = path.join(repository, 'dist/main.cjs');
  const probeFile = t.write('probe.cjs', probe);
  const loadedFile = path.join(t.dir, 'loaded');
  for (const words of [['help'], ['acquire'], ['status'], ['release', 'local-0'], ['gc']]) {
    await t.run('node', ['-r', probeFile, program, ...words], {
      env: {...t.env, LOADED: loadedFile},
    });
    const loaded = readFileSync(loadedFile, 'utf8').trim().split('\n');
    assert.equal(
      loaded.filter((name) => !cheap.includes(name)),
      [],
      words.join(' '),
    );
  }
});
