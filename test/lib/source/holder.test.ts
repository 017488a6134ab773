// Who holds a namespace, and who is merely in it.

import * as assert from 'uvu/assert';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {ending} from '../../../lib/source/container/holding.js';
import {processesBeside} from '../../../lib/source/holder.js';
import {childrenOf, listProcesses} from '../../../lib/processes.js';
import {suite} from '../../helpers/suite.js';

const test = suite('holder');

test('its child holds with it also before that has become a sleep', async (t) => {
  const code = '(echo there; read -r _) <&3 & wait';
  const holder = spawn('sh', ['-c', code], {stdio: ['ignore', 'pipe', 'ignore', 'pipe']});
  const end = once(holder, 'exit');
  const {pid = 0, stdout} = holder;
  t.atEnd(async () => {
    (holder.stdio[3] as NodeJS.WritableStream).end();
    await end;
  });
  await once(stdout as NodeJS.ReadableStream, 'data');
  const [child = 0] = childrenOf(pid);
  const beside = processesBeside(pid, listProcesses());
  assert.not(beside.includes(child));
  assert.not(beside.includes(pid));
  assert.ok(beside.includes(process.pid));
});

test('from within, it is not ended in the place of what runs there', async (t) => {
  if (process.getuid?.() !== 0) t.skip('needs root');
  t.needs('unshare', 'nsenter');
  const code = 'trap : TERM; (trap "" TERM; echo there; read -r _) <&3 & while :; do wait; done';
  const words = ['--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-c', code];
  const unshare = spawn('unshare', [...words, 'crcache-hold'], {
    stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
  });
  const end = once(unshare, 'exit');
  t.atEnd(async () => {
    unshare.kill('SIGKILL');
    await end;
  });
  await once(unshare.stdout as NodeJS.ReadableStream, 'data');
  const [holder = 0] = childrenOf(unshare.pid ?? 0);
  const before = childrenOf(holder);
  const target = ['--target', String(holder), '--pid', '--mount'];
  const {status} = await t.run('nsenter', [...target, 'sh', '-c', ending]);
  assert.equal([status, childrenOf(holder)], [0, before]);
});
