import * as assert from 'uvu/assert';
import {readPart, type Data} from '../../../lib/config/structured.js';
import {CrcacheError} from '../../../lib/errors.js';
import type {Sandbox} from '../../helpers/sandbox.js';
import {suite} from '../../helpers/suite.js';

const test = suite('files of data');

async function read(t: Sandbox, text: string, path = ''): Promise<Data> {
  t.write('data.yaml', text);
  return (await readPart(`data.yaml${path}`, t.dir)).data;
}

test('keys are the words that stand there, and << takes over what another has', async (t) => {
  assert.equal(await read(t, '01: a\n1.50: b\ntrue: c\nnull: d\n'), {
    '01': 'a',
    '1.50': 'b',
    true: 'c',
    null: 'd',
  });
  assert.equal(await read(t, 'a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\n', ':b'), {x: 1, y: 3});
});

for (const [text, path, message] of [
  ['1: a\n"1": b\n', '', 'data.yaml:2: map keys must be unique'],
  ['a: 1\n[a]: 2\n', '', 'data.yaml:2: a key is one word'],
  ['a: 1\n---\nb: 2\n', '', 'data.yaml:2: there is more than one document'],
  ['a: &a [*a]\n', '', 'data.yaml: an alias leads back to what holds it'],
  ['a: &a {b: *a}\n', ':a', 'data.yaml: an alias leads back to what holds it'],
  ['a: {<<: 5}\n', '', 'data.yaml: merge sources must be maps or map aliases'],
  ['{a: 1}', ':toString', "'data.yaml:toString': there is no 'toString'"],
  ['[1]', ':length', "'data.yaml:length': there is no 'length'"],
] as const) {
  test(`what is wrong is told: ${JSON.stringify(text)} ${path}`, async (t) => {
    try {
      assert.unreachable(JSON.stringify(await read(t, text, path)));
    } catch (error) {
      if (!(error instanceof CrcacheError)) throw error;
      assert.equal([error.kind, error.message], ['usage', message]);
    }
  });
}
