import * as assert from 'uvu/assert';
import {configure, makeInstances, succeed} from '../helpers/configured.js';
import {suite} from '../helpers/suite.js';

const test = suite('list-sources');

test("prints names, and 'local' where there is nothing else or another stands on it", async (t) => {
  assert.is(await succeed(t, 'list-sources'), 'local\n');
  configure(t, 'box', 'type=sim');
  assert.is(await succeed(t, 'list-sources'), 'box\n');
  configure(t, 'pool', 'type=pool', 'sources=box, local');
  assert.is(await succeed(t, 'list-sources'), 'box\nlocal\npool\n');
});

test('--format and --sort know limits, counts and who stands on whom', async (t) => {
  configure(t, 'few', 'type=sim', 'maximum=3', 'reserve=2');
  configure(t, 'many', 'type=sim');
  configure(t, 'pool', 'type=pool', 'sources=few, many', 'maximum=9');
  makeInstances(t, 'few', {count: 2, state: 'in-use'});
  const {stdout} = await t.crcache([
    'list-sources',
    '--format=%(name) %(type) %(in-use) %(min)-%(max) [%(sources)] %(drained)',
    '--sort=-in-use',
  ]);
  assert.is(
    stdout,
    'few sim 2 2-3 [] false\nmany sim 0 0- [] false\npool pool 0 2-9 [few many] false\n',
  );
});

test('--json has numbers, lists and null', async (t) => {
  configure(t, 'many', 'type=sim');
  configure(t, 'pool', 'type=pool', 'sources=many');
  const [many, pool] = JSON.parse(await succeed(t, 'list-sources --json')) as object[];
  assert.is((many as Record<string, unknown>)['max'], null);
  assert.is((many as Record<string, unknown>)['cached'], 0);
  assert.equal((pool as Record<string, unknown>)['sources'], ['many']);
});

test('-z ends records with NUL', async (t) => {
  assert.is(await succeed(t, 'list-sources -z'), 'local\0');
});

test('a source of a wrong configuration is named, and the others are listed', async (t) => {
  configure(t, 'good', 'type=sim');
  configure(t, 'bad', 'type=sin');
  const {status, stdout, stderr} = await t.crcache(['list-sources']);
  assert.is(status, 0);
  assert.is(stdout, 'good\n');
  assert.match(stderr, /^crcache: source 'bad': .*:1: unknown type 'sin'\n$/);
});

test('a source whose configuration is gone stays as long as it has instances', async (t) => {
  configure(t, 'box', 'type=sim');
  await succeed(t, 'acquire -s box');
  await t.run('rm', ['-r', `${t.dir}/config/sources/box`]);
  const words = ['list-sources', '--format=%(name) %(unconfigured)'];
  assert.is((await t.crcache(words)).stdout, 'box true\n');
  await succeed(t, 'release box-0');
  assert.is((await t.crcache(words)).stdout, 'local false\n');
});
