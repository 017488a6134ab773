import {existsSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import * as assert from 'uvu/assert';
import {configure, succeed} from '../helpers/configured.js';
import {hooks, runTwice} from '../helpers/ready-made.js';
import {suite} from '../helpers/suite.js';

const test = suite('hooks that copy logs');

test('copy-logs keeps the logs of each making of an instance, once', async (t) => {
  t.needs('run-parts');
  configure(t, 'box', 'type=sim');
  await succeed(t, 'acquire -s box');
  t.write('log/one', '1\n');
  t.write('log/deep/two', '2\n');
  const incarnation = (await succeed(t, 'show-instance box-0 incarnation')).trim();
  const env = {LOGS: `${t.dir}/log`, KEEP: `${t.dir}/kept`};
  await runTwice(t, 'copy-logs/discard.d', {instance: 'box-0', env});
  assert.equal(readdirSync(`${t.dir}/kept`), [`box-0.${incarnation}`]);
  const kept = `${t.dir}/kept/box-0.${incarnation}`;
  assert.equal(readdirSync(kept).sort(), ['deep', 'one']);
  assert.is(readFileSync(`${kept}/deep/two`, 'utf8'), '2\n');
  // Without the logs the hook fails, so that nothing is destroyed before it is copied.
  rmSync(env.LOGS, {recursive: true});
  const words = ['--exit-on-error', '--arg=box-0', `${hooks}/copy-logs/discard.d`];
  const directory = `${t.dir}/state/sources/box/instances/box-0`;
  const failed = await t.run('run-parts', words, {
    env: {...t.env, ...env, CRCACHE_INSTANCE_DIR: directory},
  });
  assert.is(failed.status === 0, false);
  assert.ok(existsSync(`${kept}/one`));
});
