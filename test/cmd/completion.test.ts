import * as assert from 'uvu/assert';
import {commands} from '../../cmd/table.js';
import {renderCompletion} from '../../lib/cli/completion/render.js';
import {typeNames} from '../../lib/operation/known-types.js';
import {shells} from '../../lib/cli/completion/shells.js';
import {complete} from '../helpers/completing.js';
import {runCaptured} from '../helpers/captured.js';
import {suite} from '../helpers/suite.js';

const test = suite('completion command');

for (const shell of shells) {
  test(`prints the script for ${shell}`, async () => {
    const {stdout, status} = await runCaptured(['completion', shell]);
    assert.is(stdout, renderCompletion(shell, {commands, types: typeNames}));
    assert.is(status, 0);
  });

  test(`what it prints for ${shell} completes its own words`, async (t) => {
    const {stdout: script} = await t.crcache(['completion', shell]);
    assert.equal(await complete(t, shell, {script, line: 'crcache compl'}), ['completion']);
    assert.equal(await complete(t, shell, {script, line: 'crcache completion '}), [...shells]);
    assert.equal(await complete(t, shell, {script, line: 'crcache help quick'}), ['quickstart']);
    assert.equal(await complete(t, shell, {script, line: 'crcache init --type po'}), ['pool']);
    assert.equal(await complete(t, shell, {script, line: 'crcache check-type po'}), ['pool']);
  });
}

test('another shell is wrong usage', async () => {
  assert.equal(await runCaptured(['completion', 'bish']), {
    status: 2,
    stdout: '',
    stderr: "crcache: SHELL cannot be 'bish'\nhint: did you mean 'bash'?\n",
  });
});

test('no shell is wrong usage', async () => {
  const {status, stderr} = await runCaptured(['completion']);
  assert.is(status, 2);
  assert.match(stderr, /SHELL is missing/);
});
