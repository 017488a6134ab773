import * as assert from 'uvu/assert';
import {commands} from '../../../cmd/table.js';
import {renderOverview} from '../../../lib/cli/overview.js';
import {runCaptured} from '../../helpers/captured.js';
import {suite} from '../../helpers/suite.js';

const test = suite('overview');

const bold = '\u001b[1m';

test('fits on a screen of 80 columns', () => {
  const lines = renderOverview(commands).split('\n');
  for (const line of lines) assert.ok(line.length <= 80, line);
});

test('leaves out chapters that have no command', () => {
  const some = commands.filter(({name}) => name === 'help');
  const text = renderOverview(some);
  assert.match(text, /^learn more\n {3}help /m);
  assert.not.match(text, /start here/);
});

for (const argv of [[], ['help'], ['--help'], ['-h'], ['-q', '-h']]) {
  test(`is what 'crcache ${argv.join(' ')}' shows, on stdout and with status 0`, async () => {
    assert.equal(await runCaptured(argv), {
      status: 0,
      stdout: renderOverview(commands),
      stderr: '',
    });
  });
}

test('has bold titles on a terminal', async () => {
  const {stdout} = await runCaptured([], {isTerminal: true});
  assert.ok(stdout.includes(`${bold}learn more`));
});

test('has plain titles elsewhere, and with NO_COLOR', async () => {
  const quiet = await runCaptured([], {isTerminal: true, env: {NO_COLOR: '1'}});
  assert.not.ok(quiet.stdout.includes(bold));
  assert.not.ok((await runCaptured([])).stdout.includes(bold));
});

test('ends without a complaint when its reader has seen enough', async (t) => {
  const {stdout, stderr} = await t.run('sh', ['-c', 'crcache help | head -1']);
  assert.match(stdout, /^usage: crcache .*\n$/);
  assert.is(stderr, '');
});
