// What is not run, and that nothing is run instead.

import * as assert from 'uvu/assert';
import {cpSync} from 'node:fs';
import {repository} from '../../../helpers/sandbox.js';
import {suite} from '../../../helpers/suite.js';
import {acquireKind, kinds} from './kinds.js';

const test = suite('refusals');

const [kind] = kinds as [(typeof kinds)[0]];

/** Words that are no names, some of which lead to a run script if they are taken for a path. */
const wrongNames = [
  ...['', '.', '..', '/', '../x', '../../evil-0', '/etc', 'a/b', 'place/../place-0', 'place-0/'],
  ...['place-0\n', 'place\n-0', ' place-0', 'place-0 ', 'place-00', 'place--0', 'place-', '-0'],
  ...['place-0x', 'place-1e0', '0-0', 'pläce-0', 'place*', 'place-?', '$name', '`id`', 'PLACE-0'],
];

for (const word of wrongNames) {
  test(`${JSON.stringify(word)} is no instance, for the launcher and for the program`, async (t) => {
    const name = await acquireKind(t, kind);
    const sources = `${t.dir}/state/sources`;
    for (const evil of ['x', 'evil-0', 'state/sources/place/evil-0', 'state/sources/b']) {
      t.write(`${evil}/run`, '#!/bin/sh\necho evil', 0o755);
    }
    cpSync(`${sources}/place/in-use/${name}/run`, `${sources}/place/in-use/run`);
    const ends = await Promise.all([
      t.crcache(['run', '--', word, 'echo', 'ran']),
      t.crcache(['run', ...(word.startsWith('-') ? ['--'] : []), word, 'echo', 'ran']),
      t.run(process.execPath, [`${repository}/dist/main.cjs`, 'run', '--', word, 'echo', 'ran']),
    ]);
    for (const {status, stdout, stderr} of ends) {
      assert.equal([status, stdout], [125, ''], stderr);
      assert.is(stderr, ends[0].stderr);
      assert.match(stderr, /^crcache: /);
    }
  });
}

test('an instance that nobody holds is not used, and how to get it is said', async (t) => {
  const name = await acquireKind(t, kind);
  await t.crcache(['release', name]);
  const {status, stdout, stderr} = await t.crcache(['run', name, 'echo', 'ran']);
  assert.equal([status, stdout], [125, '']);
  assert.is(
    stderr,
    `crcache: '${name}' is not in use, but cached\nhint: crcache acquire -s place, or for this command alone: crcache with place -- COMMAND\n`,
  );
});

test('an unknown name is told with the nearest one', async (t) => {
  const name = await acquireKind(t, kind);
  const {status, stderr} = await t.crcache(['run', 'plaice-0', 'true']);
  assert.equal(
    [status, stderr],
    [125, `crcache: no instance 'plaice-0'\nhint: did you mean '${name}'?\n`],
  );
});

test('inside of a lease, only what it holds is used', async (t) => {
  const name = await acquireKind(t, kind);
  const other = (await t.crcache(['acquire', '-s', 'place'])).stdout.trim();
  const line = 'crcache run "$0" echo own; crcache run "$1" echo other; echo $?';
  const {stdout, stderr} = await t.crcache(['run', name, 'sh', '-c', line, name, other]);
  assert.is(stdout, 'own\n125\n');
  assert.match(stderr, `crcache: '${other}' is not held by lease`);
});

test('a source with several instances in use names none', async (t) => {
  await acquireKind(t, kind);
  await t.crcache(['acquire', '-s', 'place']);
  const {status, stderr} = await t.crcache(['run', 'place', 'true']);
  assert.is(status, 125);
  assert.match(stderr, "source 'place' has several instances in use: place-0, place-1");
});

test('a trace is written either way', async (t) => {
  const name = await acquireKind(t, kind);
  const {stdout, stderr} = await t.crcache(['run', name, 'echo', 'ran'], {
    env: {...t.env, CRCACHE_TRACE: '1'},
  });
  assert.is(stdout, 'ran\n');
  assert.match(stderr, `run in '${name}'`);
});

/** Where the state is, by the environment and the directory that `crcache` is called in. */
const places: Readonly<Record<string, Record<string, string | undefined>>> = {
  'a relative CRCACHE_DIR': {CRCACHE_DIR: 'state'},
  'a CRCACHE_DIR with a dash': {CRCACHE_DIR: '-state'},
  'an empty CRCACHE_DIR': {CRCACHE_DIR: ''},
  'no XDG_CACHE_HOME': {CRCACHE_DIR: undefined, XDG_CACHE_HOME: undefined},
  'a relative XDG_CACHE_HOME': {CRCACHE_DIR: undefined, XDG_CACHE_HOME: 'cache'},
};

for (const [what, changes] of Object.entries(places)) {
  test(`the launcher finds the state as the program does, with ${what}`, async (t) => {
    Object.assign(t.env, changes);
    const name = await acquireKind(t, kind);
    const [direct, long] = await Promise.all([
      // Where there is no node, there is only the direct path.
      t.crcache(['run', name, '/bin/echo', 'ran'], {env: {...t.env, PATH: '/no/such'}}),
      t.crcache(['run', name, '-C', '.', '/bin/echo', 'ran']),
    ]);
    assert.equal([direct.stdout, long.stdout], ['ran\n', 'ran\n'], direct.stderr + long.stderr);
  });
}
