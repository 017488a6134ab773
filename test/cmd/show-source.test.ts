import {rmSync} from 'node:fs';
import * as assert from 'uvu/assert';
import {configure, succeed} from '../helpers/configured.js';
import {suite} from '../helpers/suite.js';

const test = suite('show-source');

test('prints what is in effect, and with --origin where it comes from', async (t) => {
  t.write('config/crcache.conf', '[source-defaults]\nttl=1h\nreserve=9\n');
  configure(t, 'box', 'type=sim', 'reserve=2', 'import=/usr', '# a comment', 'import=/etc');
  const file = `${t.dir}/config/sources/box/source.conf`;
  const lines = (await succeed(t, 'show-source box --origin')).split('\n');
  for (const line of [
    `${file}:1\ttype=sim`,
    `${file}:2\treserve=2`,
    'default\tmaximum=0',
    'default\tconcurrency=0',
    `${t.dir}/config/crcache.conf:2\tttl=1h`,
    `${file}:3\timport=/usr`,
    `${file}:5\timport=/etc`,
    'default\treset=auto',
  ]) {
    assert.ok(lines.includes(line), `'${line}' is not in:\n${lines.join('\n')}`);
  }
  await succeed(t, 'acquire -s box');
  const cores = (await succeed(t, 'show-instance box-0 concurrency')).trim();
  assert.is(await succeed(t, 'show-source box concurrency --origin'), `probe\t${cores}\n`);
  assert.is(await succeed(t, 'show-source box import'), '/usr\n/etc\n');
  assert.match(await succeed(t, 'show-source box'), /\n# abilities: reset, survives-reboot\n$/);
  assert.is(await succeed(t, 'show-source box max-age'), '');
  assert.is(await succeed(t, 'show-source local maximum --origin'), 'default\t1\n');
  const json = JSON.parse(await succeed(t, 'show-source box ttl --json')) as unknown;
  assert.equal(json, [{key: 'ttl', value: '1h', origin: `${t.dir}/config/crcache.conf:2`}]);
});

test('the keys of all sources are read and shown as they were written', async (t) => {
  const policy = ['max-age=2h', 'max-uses=5', 'idle=10m', 'ttl=90s', 'starting=3', 'reset=discard'];
  configure(t, 'box', 'type=sim', ...policy);
  const lines = (await succeed(t, 'show-source box --origin')).split('\n');
  for (const [index, line] of policy.entries()) {
    const shown = `${t.dir}/config/sources/box/source.conf:${String(index + 2)}\t${line}`;
    assert.ok(lines.includes(shown), `'${shown}' is not in:\n${lines.join('\n')}`);
  }
  configure(t, 'wrong', 'type=sim', 'max-age=soon', 'max-uses=-1', 'idle=often', 'reset=perhaps');
  const {status, stdout} = await t.crcache(['check-source', 'wrong']);
  assert.is(status, 2);
  for (const key of ['max-age', 'max-uses', 'idle', 'reset']) assert.match(stdout, key);
});

test('names the nearest source and the nearest key for a wrong one', async (t) => {
  configure(t, 'box', 'type=sim');
  const source = await t.crcache(['show-source', 'bax']);
  assert.is(source.status, 10);
  assert.match(source.stderr, /did you mean 'box'/);
  const key = await t.crcache(['show-source', 'box', 'maximun']);
  assert.is(key.status, 2);
  assert.match(key.stderr, /did you mean 'maximum'/);
});

test('values with signs of INI come out so that they can be pasted, and are kept for instances', async (t) => {
  const code = `echo "k=it's"; true # not \\ a comment`;
  configure(
    t,
    'odd',
    'type=command',
    `run_command=env`,
    `provision_command=${JSON.stringify(code)}`,
  );
  const written = (await succeed(t, 'show-source odd')).split('\n');
  assert.ok(written.includes(`provision_command=${JSON.stringify(code)}`), written.join('\n'));
  assert.is(await succeed(t, 'show-source odd provision_command'), `${code}\n`);
  await succeed(t, 'acquire -s odd');
  rmSync(`${t.dir}/config/sources/odd`, {recursive: true});
  // Known from what its instance was made with.
  assert.is(await succeed(t, 'show-source odd provision_command'), `${code}\n`);
});
