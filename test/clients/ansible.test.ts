// Ansible: a play of ten tasks over instances of three types, as `crcache inventory` tells of them.

import * as assert from 'uvu/assert';
import {configure, discardAtEnd, succeed} from '../helpers/configured.js';
import {copyExample, useSystemPrograms} from '../helpers/examples.js';
import {makeUsrTree} from '../helpers/golden.js';
import {until} from '../helpers/held.js';
import {findLeftOver, findMarked} from '../helpers/left-over.js';
import {killGroup} from '../helpers/programs.js';
import {follow} from '../helpers/sessions.js';
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
    discardAtEnd(t);
    const cwd = copyExample(t, 'ansible');
    Object.assign(t.env, {ANSIBLE_NOCOLOR: '1', ANSIBLE_FORKS: '4'});
    await follow(t, 'man/crcache-ansible.7', cwd);
    assert.is(await succeed(t, 'status --query in-use near trees'), '0\n');
  },
);

test('a play has the same results without', {timeLimitMs: 120_000}, async (t) => {
  t.needs('ansible-playbook');
  useSystemPrograms(t);
  const cwd = copyExample(t, 'ansible');
  const own = 'crcache_instance=near-0 crcache_source=near crcache_concurrency=1';
  t.write('hosts', `near-0 ansible_connection=local ${own}\n`);
  const settings = {ANSIBLE_NOCOLOR: '1', ANSIBLE_PIPELINING: '1', CRCACHE_INSTANCE: 'near-0'};
  const env = {...t.env, ...settings};
  const words = ['-i', `${t.dir}/hosts`, 'site.yml'];
  const {status, stdout, stderr} = await t.run('ansible-playbook', words, {cwd, env});
  assert.is(status, 0, stdout + stderr);
  assert.match(stdout, /^near-0 +: ok=10 +changed=4 .* failed=0 /m);
});

test(
  'a play that is killed with all it started leaves nothing after gc',
  {timeLimitMs: 120_000},
  async (t) => {
    t.needs('ansible-playbook');
    useSystemPrograms(t);
    for (const source of ['near', 'trees']) configure(t, source, 'type=sim');
    const cwd = copyExample(t, 'ansible');
    const mark = `MARK=${t.dir}/endless`;
    t.write('ansible/site.yml', endless(mark));
    const run = t.run('./play', [], {
      cwd,
      onStart: (child) => {
        void until(() => findMarked(mark).length === 4, 'the task runs').then(() => {
          killGroup(child);
        });
      },
    });
    assert.is((await run).signal, 'SIGKILL');
    await succeed(t, 'gc');
    assert.is(await succeed(t, 'status --query in-use near trees'), '0\n');
    assert.equal(await findLeftOver(mark), []);
  },
);

function endless(mark: string): string {
  const task = {name: 'does not end', 'ansible.builtin.raw': `exec env ${mark} sleep 98765`};
  return JSON.stringify([{hosts: 'all', gather_facts: false, tasks: [task]}]);
}

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

test('finds each instance in its group, whatever the name of its source', async (t) => {
  t.needs('ansible-inventory');
  useSystemPrograms(t);
  const sources = ['all', 'ungrouped', 'a-b', 'a.b', 'a_b'];
  for (const source of sources) {
    configure(t, source, 'type=sim');
    await succeed(t, `acquire -s ${source}`);
  }
  t.write('inventory', '#!/bin/sh\nexec crcache inventory "$@"\n', 0o755);
  const {stdout, stderr} = await t.run('ansible-inventory', ['-i', './inventory', '--graph']);
  assert.equal([stdout, stderr], [graph, '']);
});

const graph = `@all:
  |--@ungrouped:
  |--@a_b:
  |  |--a-b-0
  |  |--a.b-0
  |  |--a_b-0
  |--@all_:
  |  |--all-0
  |--@ungrouped_:
  |  |--ungrouped-0
`;
