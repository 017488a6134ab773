// Every type of the project keeps the promises that check-type asks of any.

import * as assert from 'uvu/assert';
import {readFileSync} from 'node:fs';
import type {Sandbox} from '../helpers/sandbox.js';
import {suite} from '../helpers/suite.js';
import {kinds, prepareKind} from '../lib/source/contract/kinds.js';

const test = suite('check-type of a kind');

/** Those that have most ways of their own, and whether all is asked of them here, or what does not take long. */
const tried = {
  local: [],
  sim: ['--quick'],
  'pool over sim': ['--quick'],
  chroot: [],
  podman: ['--quick'],
};

for (const [name, words] of Object.entries(tried)) {
  test(`holds in all it claims: ${name}`, {timeLimitMs: 300_000}, async (t) => {
    const kind = kinds.find((each) => each.name === name);
    assert.ok(kind);
    await prepareKind(t, kind);
    const config = `${t.dir}/config/sources/${kind.source}/source.conf`;
    const [, type = ''] = /^type=(.*)$/m.exec(readFileSync(config, 'utf8')) ?? [];
    await holds(t, type, ['--config', config, ...words]);
  });
}

test('holds in all it claims: a type of command lines', {timeLimitMs: 60_000}, async (t) => {
  const lines = [
    `provision_command=mkdir -p ${t.dir}/base/$CRCACHE_ID/root`,
    `run_command=env -C ${t.dir}/base/%{id}/root`,
    `check_command=test -d ${t.dir}/base/$CRCACHE_ID/root`,
    `checkpoint_command=cp -a ${t.dir}/base/$CRCACHE_ID/root ${t.dir}/base/$CRCACHE_ID/checkpoint`,
    `reset_command=cd ${t.dir}/base/$CRCACHE_ID && rm -rf root && cp -a checkpoint root`,
    `discard_command=rm -rf ${t.dir}/base/$CRCACHE_ID`,
    `list_command=ls ${t.dir}/base`,
  ];
  await holds(t, 'command', ['--config', t.write('its.conf', lines.join('\n')), '--quick']);
});

async function holds(t: Sandbox, type: string, words: readonly string[]): Promise<void> {
  t.needs('script');
  const {status, stdout, stderr} = await t.crcache(['check-type', type, ...words]);
  assert.equal([status, stderr], [0, ''], stdout);
  const missing = stdout.split('\n').filter((line) => /^(fails|not tried)/.test(line));
  assert.equal(
    missing.filter((line) => !line.endsWith('--quick leaves it out')),
    [],
  );
}
