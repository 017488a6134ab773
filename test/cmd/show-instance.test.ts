import * as assert from 'uvu/assert';
import {configure, makeInstances, succeed} from '../helpers/configured.js';
import {suite} from '../helpers/suite.js';

const test = suite('show-instance');

test('prints what is known of an instance, by whatever name it is meant', async (t) => {
  configure(t, 'pool', 'type=pool', 'sources=local');
  await succeed(t, 'acquire -s pool --ttl 1h');
  const exact = await succeed(t, 'show-instance pool-0');
  for (const line of [
    'name=pool-0',
    'source=pool',
    'type=pool',
    'state=in-use',
    'backing=local-0',
  ]) {
    assert.ok(exact.split('\n').includes(line), line);
  }
  assert.match(exact, /^until=[0-9]{4}-.*Z$/m);
  assert.not.match(exact, /^for-pid=/m);
  for (const word of ['pool0', 'pool']) {
    assert.match(await succeed(t, `show-instance ${word}`), /^name=pool-0$/m);
  }
});

test('prints one value, which is an empty line where there is none', async (t) => {
  configure(t, 'box', 'type=sim');
  await succeed(t, 'acquire -s box');
  assert.is(await succeed(t, 'show-instance box-0 uses'), '1\n');
  assert.is(await succeed(t, 'show-instance box-0 for-pid'), '\n');
  assert.is(await succeed(t, 'show-instance -z box-0 state'), 'in-use\0');
});

test("has the facts of the instance's type as handle.KEY", async (t) => {
  configure(t, 'box', 'type=sim');
  await succeed(t, 'acquire -s box');
  const [, key = '', value = ''] =
    /^(handle\.[^=]+)=(.*)$/m.exec(await succeed(t, 'show-instance box-0')) ?? [];
  assert.is.not(key, '');
  assert.is(await succeed(t, `show-instance box-0 ${key}`), `${value}\n`);
});

test('--json has all keys, or one value', async (t) => {
  configure(t, 'box', 'type=sim');
  await succeed(t, 'acquire -s box');
  const all = JSON.parse(await succeed(t, 'show-instance --json box-0')) as Record<string, unknown>;
  assert.is(all['uses'], 1);
  assert.is(all['until'], null);
  assert.is(await succeed(t, 'show-instance --json box-0 uses'), '1\n');
});

test('an unknown instance is status 10, an unknown key status 2', async (t) => {
  configure(t, 'box', 'type=sim');
  makeInstances(t, 'box', {count: 1, state: 'cached'});
  const unknown = await t.crcache(['show-instance', 'box-7']);
  assert.is(unknown.status, 10);
  assert.match(unknown.stderr, /no instance 'box-7'\nhint: did you mean 'box-0'/);
  const source = await t.crcache(['show-instance', 'bx']);
  assert.match(source.stderr, /no instance 'bx'\nhint: did you mean 'box'/);
  assert.is((await t.crcache(['show-instance', 'box'])).status, 10, 'none is in use');
  const wrong = await t.crcache(['show-instance', 'box-0', 'stat']);
  assert.is(wrong.status, 2);
  assert.match(wrong.stderr, /there is no key 'stat'\nhint: did you mean 'state'/);
});
