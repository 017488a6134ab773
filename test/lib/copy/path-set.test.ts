import * as assert from 'uvu/assert';
import {PathSet} from '../../../lib/copy/path-set.js';
import {suite} from '../../helpers/suite.js';

const test = suite('a set of paths');

test('knows its own and what is below them, a million in little memory', () => {
  const paths = new PathSet();
  const nameOf = (index: number): string => `./tree/d${String(index % 1000)}/link-${String(index)}`;
  assert.not(paths.has('./tree'));
  const used = (): number => process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
  const before = used();
  for (let index = 0; index < 1_000_000; index++) paths.add(nameOf(index));
  assert.ok(used() - before < 64 * 2 ** 20, `${String(used() - before)} bytes`);
  for (let index = 0; index < 1_000_000; index += 997) {
    const name = nameOf(index);
    assert.ok(paths.has(name));
    assert.ok(paths.hasAbove(`${name}/below/it`));
    assert.not(paths.hasAbove(name));
    assert.not(paths.has(`${name}x`));
    assert.not(paths.hasAbove(`${name}x/below`));
  }
});
