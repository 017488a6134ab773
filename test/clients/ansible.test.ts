// Ansible: a play of ten tasks over instances of three types, as `crcache inventory` tells of them.

import * as assert from 'uvu/assert';
import {configure, succeed} from '../helpers/configured.js';
import {copyExample, useSystemPrograms} from '../helpers/examples.js';
import {makeUsrTree} from '../helpers/golden.js';
import {suite} from '../helpers/suite.js';

const test = suite('ansible');

test(
  'a play finds all instances and changes the same in each',
  {timeLimitMs: 240_000},
  async (t) => {
    t.needs('ansible-playbook');
    if (process.getuid?.() !== 0) t.skip('needs root');
    useSystemPrograms(t);
    makeUsrTree(t, `${t.dir}/tree`);
    configure(t, 'place', 'type=local');
    configure(t, 'fake', 'type=sim');
    configure(t, 'near', 'type=pool', 'sources=place,fake');
    configure(t, 'trees', 'type=chroot', `root=${t.dir}/tree`, 'import=/usr');
    const cwd = copyExample(t, 'ansible');
    Object.assign(t.env, {ANSIBLE_NOCOLOR: '1', ANSIBLE_FORKS: '4'});
    const {status, stdout, stderr} = await t.run('./play', [], {cwd});
    assert.is(status, 0, stdout + stderr);
    const recap = [...stdout.matchAll(/^(\S+) +: (ok=\d+ +changed=\d+) .*failed=0 /gm)];
    assert.equal(
      recap.map(([, name, counts = '']) => `${String(name)} ${counts.replace(/ +/g, ' ')}`),
      ['near-0', 'near-1', 'trees-0', 'trees-1'].map((name) => `${name} ok=10 changed=4`),
    );
    assert.is(await succeed(t, 'status --query in-use near trees'), '0\n');
  },
);

test('an inventory has a group for each source, and no instance that another stands on', async (t) => {
  configure(t, 'fake', 'type=sim');
  configure(t, 'my-pool.1', 'type=pool', 'sources=fake');
  await succeed(t, 'acquire -s my-pool.1');
  await succeed(t, 'acquire -s fake 2');
  const read = async (line: string): Promise<Record<string, unknown>> =>
    JSON.parse(await succeed(t, `inventory ${line}`)) as Record<string, unknown>;
  const {all, _meta, ...groups} = await read('--list');
  assert.equal(groups, {fake: {hosts: ['fake-1', 'fake-2']}, my_pool_1: {hosts: ['my-pool.1-0']}});
  assert.equal((all as {children: unknown}).children, ['fake', 'my_pool_1']);
  const own = await read('--host fake-1');
  assert.equal(own, (_meta as {hostvars: Record<string, unknown>}).hostvars['fake-1']);
  assert.equal([own['crcache_instance'], own['crcache_source']], ['fake-1', 'fake']);
  assert.equal(Object.keys(await read('my-pool.1')), ['my_pool_1', 'all', '_meta']);
  const {status, stderr} = await t.crcache(['inventory', '--host', 'fake-0']);
  assert.is(status, 10);
  assert.match(stderr, /'fake-0'/);
});
