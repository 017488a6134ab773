import * as assert from 'uvu/assert';
import {runCaptured} from '../helpers/captured.js';
import {suite} from '../helpers/suite.js';

const test = suite('quickstart');

async function lesson(): Promise<string> {
  return (await runCaptured(['quickstart'])).stdout;
}

/** What is to be pasted. */
async function pasted(): Promise<string> {
  return (await lesson())
    .split('\n')
    .filter((line) => line.startsWith('   '))
    .join('\n');
}

test('fits on one screen, 24 lines of 80 columns', async () => {
  const lines = (await lesson()).split('\n').slice(0, -1);
  assert.ok(lines.length <= 24, String(lines.length));
  for (const line of lines) assert.ok(line.length <= 80, line);
});

test('its lines can be pasted into every shell of the Bourne family', async (t) => {
  for (const shell of ['sh', 'bash', 'zsh']) {
    t.needs(shell);
    const {status, stderr} = await t.run(shell, ['-n'], {input: await pasted()});
    assert.is(stderr, '');
    assert.is(status, 0);
  }
});

test('its lines do what it says they do', async (t) => {
  t.env['CRCACHE_DIR'] = t.env['CRCACHE_CONFIG'] = undefined;
  const {status, stdout, stderr} = await t.run('sh', ['-eu'], {input: await pasted()});
  assert.is(stderr, '');
  assert.is(status, 0);
  assert.match(stdout, /^source +cached +in-use max$/m);
});
