import {existsSync, renameSync, rmSync} from 'node:fs';
import * as assert from 'uvu/assert';
import {configure, makeInstances, readOnly, succeed} from '../helpers/configured.js';
import {suite} from '../helpers/suite.js';

const test = suite('explain');

test('says who holds an instance, from where, and until when', async (t) => {
  configure(t, 'pool', 'type=pool', 'sources=local');
  await succeed(t, 'acquire -s pool --ttl 2h');
  const said = await succeed(t, 'explain pool-0');
  assert.match(said, /^state: in-use for [0-9]s$/m);
  assert.match(said, /^why: acquired by \S+ \(at .*\)$/m);
  assert.match(said, /^lease: held by \S+ for [0-9]s \(crcache .*acquire.*\), ends in 1h 59m$/m);
  assert.ok(said.includes(`\nfrom: ${t.dir} on `));
  assert.match(said, /^stands on: local-0: crcache explain local-0$/m);
  assert.match(
    await succeed(t, 'explain local-0'),
    /^held by: pool-0, which stands on it: crcache explain pool-0$/m,
  );
});

test('says what gc would do about a lease whose process is gone', async (t) => {
  configure(t, 'box', 'type=sim', 'maximum=2');
  await t.run('sh', ['-c', 'crcache acquire -s box --for-pid $$']);
  assert.match(
    await succeed(t, 'explain box-0'),
    /^next: crcache gc releases it: process [0-9]+, /m,
  );
  assert.match(await succeed(t, 'explain box'), /^gc would: release 'box-0': process [0-9]+, /m);
});

test('says what becomes of a cached instance', async (t) => {
  configure(t, 'box', 'type=sim', 'reserve=1');
  await succeed(t, 'acquire -s box');
  await succeed(t, 'release box-0');
  assert.match(await succeed(t, 'explain box-0'), /^next: the next acquire may take it$/m);
  configure(t, 'box', 'type=sim', 'reserve=1', 'concurrency=7');
  assert.match(
    await succeed(t, 'explain box-0'),
    /^next: crcache gc discards it: its configuration has changed since it was made$/m,
  );
});

test('one that was made in reserve and never used stays, also with reset=discard', async (t) => {
  configure(t, 'box', 'type=sim', 'reserve=1', 'reset=discard');
  const incarnation = 'list-instances --format %(incarnation)';
  await succeed(t, 'gc');
  const made = await succeed(t, incarnation);
  assert.match(await succeed(t, 'explain box-0'), /^next: the next acquire may take it$/m);
  await succeed(t, 'gc');
  assert.is(await succeed(t, incarnation), made);
});

for (const [host, fate] of [
  ['elsewhere', 'whether its worker is alive cannot be told from here: crcache gc on elsewhere'],
  ['here', 'crcache gc, or the next command that meets it, finishes or undoes'],
] as const) {
  test(`says what becomes of one whose worker was ${host}`, async (t) => {
    configure(t, 'box', 'type=sim');
    await succeed(t, 'acquire -s box');
    const state = `${t.dir}/state/sources/box`;
    const name = host === 'here' ? (await t.run('hostname', [])).stdout.trim() : host;
    renameSync(`${state}/in-use/box-0`, `${state}/releasing/box-0@${name},1,oldboot,77,5,abc`);
    const said = await succeed(t, 'explain box-0');
    assert.match(said, /^at work: process 77 on /m);
    assert.ok(said.includes(`\nnext: ${fate}`), said);
  });
}

test('says whether an acquire would be met, and why not', async (t) => {
  configure(t, 'box', 'type=sim', 'maximum=1');
  assert.match(await succeed(t, 'explain box'), /^acquire: would make an instance$/m);
  await succeed(t, 'acquire -s box');
  assert.match(
    await succeed(t, 'explain box'),
    /^acquire: would fail, and wait with --wait: .* its maximum is 1$/m,
  );
  await succeed(t, 'drain-source box');
  assert.match(await succeed(t, 'explain box'), /^drained: .* crcache drain-source box --off$/m);
});

test('says of a source that another root defines by now that an acquire fails', async (t) => {
  configure(t, 'box', 'type=sim');
  await succeed(t, 'acquire -s box');
  t.write('other/sources/box/source.conf', 'type=sim\n');
  t.env['CRCACHE_CONFIG'] = `${t.dir}/other`;
  assert.match(
    await succeed(t, 'explain box'),
    /^acquire: would fail: source 'box' has instances that '.*config' defined/m,
  );
});

test('says who waits', async (t) => {
  configure(t, 'box', 'type=sim', 'maximum=1');
  await succeed(t, 'acquire -s box');
  const waiter = t.crcache(['acquire', '-s', 'box', '--wait']);
  for (let said = ''; !said.includes('waits for its turn');) {
    said = await succeed(t, 'explain box');
  }
  assert.match(
    await succeed(t, 'explain box'),
    /^request: 1 waits for its turn: process [0-9]+ on /m,
  );
  await succeed(t, 'release box-0');
  assert.is((await waiter).status, 0);
});

test('explains the default source where nothing is named, and makes nothing', async (t) => {
  assert.match(await succeed(t, 'explain'), /^source: local \(local\)$/m);
  assert.not.ok(existsSync(`${t.dir}/state`));
});

test('an unknown name is status 10', async (t) => {
  const {status, stderr} = await t.crcache(['explain', 'box-7']);
  assert.is(status, 10);
  assert.match(stderr, /no instance 'box-7'/);
});

test('a damaged instance, in a state that may only be read, is explained as far as it goes', async (t) => {
  configure(t, 'box', 'type=sim');
  makeInstances(t, 'box', {count: 2, state: 'in-use'});
  rmSync(`${t.dir}/state/sources/box/instances/box-0/lease`);
  t.write('state/sources/box/instances/box-1/lease', 'rubbish');
  const crcache = await readOnly(t, `${t.dir}/state`);
  for (const name of ['box-0', 'box-1']) {
    const {status, stdout} = await crcache('explain', name);
    assert.is(status, 0);
    assert.match(stdout, /^next: crcache fsck$/m);
  }
  const {status, stderr} = await crcache('explain', 'box');
  assert.is(status, 0);
  assert.match(stderr, /instances\/box-1\/lease/);
});
