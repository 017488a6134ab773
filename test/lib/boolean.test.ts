import * as assert from 'uvu/assert';
import {parseBoolean} from '../../lib/boolean.js';
import {suite} from '../helpers/suite.js';

const test = suite('booleans');

const texts = [
  ...['true', 'yes', 'on', 'false', 'no', 'off', '', 'TRUE', 'Yes', 'oFF', 'nO'],
  ...['1', '0', '2', '-1', '+0', '-0', '007', '00', '08', '0x10', '0x', '0xg', '1k', '0m', '1G'],
  ...['2g', '1t', '2147483647', '2147483648', '-2147483649', '99999999999999999999'],
  ...['maybe', 't', 'y', 'n', '1.5', '1e3', '--1', 'constructor', 'null', 'true1', '1 2', '٣'],
];

test('are what git takes them for', async (t) => {
  t.needs('git');
  const given = texts.flatMap((text, index) => ['-c', `t.k${String(index)}=${text}`]);
  const ask = texts.map((_, index) => `git "$@" config --bool t.k${String(index)} || echo none`);
  const {stdout} = await t.run('sh', ['-c', ask.join('\n'), 'sh', ...given]);
  const said = stdout.trimEnd().split('\n');
  const ours = texts.map((text) => String(parseBoolean(text) ?? 'none'));
  const differ = texts.filter((_, index) => said[index] !== ours[index]);
  assert.equal([said.length, differ], [texts.length, []]);
});
