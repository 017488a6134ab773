import * as assert from 'uvu/assert';
import {help} from '../../cmd/help.js';
import {renderHelp} from '../../lib/cli/help.js';
import {runCaptured} from '../helpers/captured.js';
import {suite} from '../helpers/suite.js';

const test = suite('help');

for (const line of [
  'help help',
  'help --help',
  'help -h',
  '--help help',
  '-h help',
  'help crcache-help',
]) {
  test(`'crcache ${line}' shows the help of 'help'`, async () => {
    assert.equal(await runCaptured(line.split(' ')), {
      status: 0,
      stdout: renderHelp(help),
      stderr: '',
    });
  });
}

for (const line of ['halp', 'help halp', '--help halp']) {
  test(`'crcache ${line}' is wrong usage, with the right word as a hint`, async () => {
    assert.equal(await runCaptured(line.split(' ')), {
      status: 2,
      stdout: '',
      stderr: "crcache: 'halp' is not a crcache command\nhint: did you mean 'help'?\n",
    });
  });
}

for (const line of ['help greet', 'help crcache-greet', '--help greet']) {
  test(`'crcache ${line}' tells of the program behind that word, and does not run it`, async (t) => {
    const path = t.write('bin/crcache-greet', '#!/bin/sh\necho hello\n', 0o700);
    const env = {PATH: `${t.dir}/bin`};
    assert.equal(await runCaptured(line.split(' '), {env}), {
      status: 2,
      stdout: '',
      stderr: `crcache: 'greet' is not a command of crcache's own but the program '${path}'\nhint: crcache greet --help\n`,
    });
  });
}

test('an extension gets its own --help', async (t) => {
  t.write('bin/crcache-greet', '#!/bin/sh\necho "$@"\n', 0o700);
  t.env['PATH'] = `${t.dir}/bin:${t.env['PATH'] ?? ''}`;
  const {stdout, status} = await t.crcache(['greet', '--help']);
  assert.is(stdout, '--help\n');
  assert.is(status, 0);
});

test('a second word is one too many', async () => {
  const {status, stderr} = await runCaptured(['help', 'help', 'help']);
  assert.is(status, 2);
  assert.match(stderr, /'help' is one word too many/);
});
