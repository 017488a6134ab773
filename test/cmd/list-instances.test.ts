import {existsSync, rmSync, writeFileSync} from 'node:fs';
import * as assert from 'uvu/assert';
import {listInstances} from '../../cmd/list-instances.js';
import {configure, makeInstances, readOnly, succeed} from '../helpers/configured.js';
import type {Sandbox} from '../helpers/sandbox.js';
import {suite} from '../helpers/suite.js';

const test = suite('list-instances');

const box = (t: Sandbox, count: number): void => {
  configure(t, 'box', 'type=sim');
  makeInstances(t, 'box', {count, state: 'in-use'});
};

test('prints names, one a line, in the order of their numbers', async (t) => {
  box(t, 11);
  configure(t, 'aged', 'type=sim');
  makeInstances(t, 'aged', {count: 1, state: 'cached'});
  const numbers = Array.from({length: 11}, (_, slot) => `box-${String(slot)}\n`);
  assert.is(await succeed(t, 'list-instances'), `aged-0\n${numbers.join('')}`);
  assert.is(await succeed(t, 'list-instances -s aged'), 'aged-0\n');
  assert.is(await succeed(t, '-s aged list-instances'), 'aged-0\n');
});

test('prints nothing, and makes nothing, where there are none', async (t) => {
  assert.is(await succeed(t, 'list-instances'), '');
  assert.is(await succeed(t, 'list-instances --json'), '[]\n');
  assert.not.ok(existsSync(`${t.dir}/state`));
});

test('--format prints values between the text', async (t) => {
  box(t, 1);
  const {stdout} = await t.crcache(['list-instances', '--format', '%(name)%09100%% %(for-pid)|']);
  assert.is(stdout, 'box-0\t100% |\n');
});

for (const [format, said] of [
  ['%(nmae)', "there is no key 'nmae'\nhint: did you mean 'name'?\n"],
  ['%(name', "the format has a '%' that nothing begins with: '%(name'\nhint: a key is written"],
  ['100%', "the format has a '%' that nothing begins with: '%'\n"],
] as const) {
  test(`the format '${format}' is wrong usage, also where there are no instances`, async (t) => {
    const {status, stdout, stderr} = await t.crcache(['list-instances', '--format', format]);
    assert.is(status, 2);
    assert.is(stdout, '');
    assert.ok(stderr.startsWith(`crcache: ${said}`), stderr);
  });
}

test('--state may be given several times', async (t) => {
  configure(t, 'aged', 'type=sim');
  makeInstances(t, 'aged', {count: 1, state: 'cached'});
  box(t, 1);
  assert.is(await succeed(t, 'list-instances --state cached'), 'aged-0\n');
  assert.is(await succeed(t, 'list-instances --state cached --state in-use'), 'aged-0\nbox-0\n');
  const {status, stderr} = await t.crcache(['list-instances', '--state', 'cahced']);
  assert.is(status, 2);
  assert.match(stderr, /did you mean 'cached'/);
});

test('--sort sorts numbers as numbers, and the other way round with a dash', async (t) => {
  box(t, 3);
  const directory = `${t.dir}/state/sources/box/instances`;
  for (const [slot, uses] of ['9', '10', undefined].entries()) {
    const file = `${directory}/box-${String(slot)}/uses`;
    if (uses === undefined) rmSync(file);
    else writeFileSync(file, `${uses}\n`);
  }
  assert.is(await succeed(t, 'list-instances --sort uses'), 'box-0\nbox-1\nbox-2\n');
  assert.is(await succeed(t, 'list-instances --sort -uses'), 'box-1\nbox-0\nbox-2\n');
  assert.is(await succeed(t, 'list-instances --sort=-name'), 'box-2\nbox-1\nbox-0\n');
  const {status} = await t.crcache(['list-instances', '--sort', 'colour']);
  assert.is(status, 2);
});

test('a value with control characters is quoted on lines, and as it is with -z and --json', async (t) => {
  box(t, 1);
  const lease = `${t.dir}/state/sources/box/instances/box-0/lease`;
  const command = 'a "b"\t\u001b[31m';
  const facts = ['id=1', 'holder=me', 'host=h', 'user=u', `command=${command}`, 'cwd=/', 'since=x'];
  writeFileSync(lease, `${facts.join('\n')}\n`);
  const line = 'list-instances --format=%(command)';
  assert.is(await succeed(t, line), '"a \\"b\\"\\t\\u{1b}[31m"\n');
  assert.is(await succeed(t, `${line} -z`), `${command}\0`);
  const [one] = JSON.parse(await succeed(t, 'list-instances --json')) as Record<string, unknown>[];
  assert.is(one?.['command'], command);
});

test('--json has every key of the manual, with null for what there is not', async (t) => {
  box(t, 1);
  const [one = {}] = JSON.parse(await succeed(t, 'list-instances --json')) as object[];
  const values = one as Record<string, unknown>;
  const manual = listInstances.description.join(' ');
  for (const key of Object.keys(one)) assert.ok(manual.includes(` ${key} (`), key);
  assert.is(values['uses'], 1);
  assert.is(values['until'], null);
  assert.is(values['holder'], 'someone');
});

test('reads no file that it does not show', async (t) => {
  box(t, 1);
  writeFileSync(`${t.dir}/state/sources/box/instances/box-0/lease`, 'rubbish');
  const words = ['list-instances', '--format', '%(name) %(state) %(uses)'];
  assert.equal((await t.crcache(words)).stderr, '');
  const {status, stdout, stderr} = await t.crcache([
    'list-instances',
    '--format',
    '%(name) %(holder)',
  ]);
  assert.is(status, 0);
  assert.is(stdout, 'box-0 \n');
  assert.match(stderr, /^crcache: instance 'box-0': cannot read '.*\/lease': .*\n$/);
});

test('a state directory that may only be read is enough', async (t) => {
  box(t, 2);
  const crcache = await readOnly(t, `${t.dir}/state`);
  const {status, stdout} = await crcache('list-instances', '--json');
  assert.is(status, 0);
  assert.is((JSON.parse(stdout) as unknown[]).length, 2);
});

test('an unknown source is status 10', async (t) => {
  assert.is((await t.crcache(['list-instances', '-s', 'nowhere'])).status, 10);
});
