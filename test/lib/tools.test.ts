// Tools that types call.

import * as assert from 'uvu/assert';
import {existsSync} from 'node:fs';
import {askTool} from '../../lib/tools.js';
import {repository} from '../helpers/sandbox.js';
import {ownSeconds, processesWith} from '../helpers/sleepers.js';
import {suite} from '../helpers/suite.js';

const test = suite('tools');

test('one that takes too long is given up, also where what it has started keeps its outputs', async (t) => {
  const sleep = ownSeconds(t);
  t.atEnd(() => {
    for (const pid of processesWith(sleep)) process.kill(Number(pid), 'SIGKILL');
  });
  const code = `setsid sleep ${sleep} & sleep ${sleep}`;
  const options = {workersDirectory: `${t.dir}/workers`, env: t.env, timeoutMs: 500};
  try {
    await askTool('sh', ['-c', code], options);
    assert.unreachable();
  } catch (error) {
    assert.match(String(error), "'sh' did not end within 0.5 s");
  }
});

/** In a pid namespace of its own, where nobody else takes the number that is asked for. */
const reuse = `import {spawn} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {text} from 'node:stream/consumers';
import {askTool} from '${repository}/.build/lib/tools.js';
mkdirSync('instance');
const options = {workersDirectory: 'instance/worker', env: process.env, timeoutMs: 1_000};
// A number is not free while it is that of somebody's group or session.
const code = 'mkfifo up; setsid sh -c "echo >up; exec sleep 1000" & read -r _ <up; echo $$ >tool';
const asking = askTool('sh', ['-c', code], options).catch(() => {});
const pidOf = () => (existsSync('tool') ? readFileSync('tool', 'utf8').trim() : '');
while (pidOf() === '' || existsSync('/proc/' + pidOf())) await new Promise((go) => setTimeout(go, 5));
writeFileSync('/proc/sys/kernel/ns_last_pid', String(Number(pidOf()) - 1));
const other = spawn('sh', ['-c', 'read -r _; echo alive'], {detached: true});
await asking;
other.stdin.on('error', () => {}).end('\\n');
console.log(String(other.pid) === pidOf(), (await text(other.stdout)).trim());`;

test('who has got the number of one that ended is not killed for it', async (t) => {
  t.needs('unshare');
  if (process.getuid?.() !== 0) t.skip('needs root');
  const words = ['--pid', '--fork', '--mount-proc', process.execPath, t.write('reuse.mjs', reuse)];
  const {stdout, stderr} = await t.run('unshare', words);
  assert.equal([stdout, stderr], ['true alive\n', '']);
});

test('nothing is made in the place of what has gone', async (t) => {
  const options = {workersDirectory: `${t.dir}/gone/workers/1`, env: t.env, timeoutMs: 5_000};
  try {
    await askTool('true', [], options);
    assert.unreachable();
  } catch (error) {
    assert.match(String(error), `'${t.dir}/gone' has gone`);
  }
  assert.not.ok(existsSync(`${t.dir}/gone`));
});
