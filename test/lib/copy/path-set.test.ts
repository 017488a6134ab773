import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';
import * as assert from 'uvu/assert';
import {PathSet} from '../../../lib/copy/path-set.js';
import {suite} from '../../helpers/suite.js';

const test = suite('a set of paths');

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What is held of memory, whatever V8 has not yet come to throw away. */
function used(): number {
  collectGarbage();
  const {heapUsed, arrayBuffers} = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

test('knows its own and what is below them, a million in little memory', () => {
  const paths = new PathSet();
  const nameOf = (index: number): string => `./tree/d${String(index % 1000)}/link-${String(index)}`;
  assert.not(paths.has('./tree'));
  const before = used();
  for (let index = 0; index < 1_000_000; index++) paths.add(nameOf(index));
  const grown = used() - before;
  assert.ok(grown < 64 * 2 ** 20, `${String(grown)} bytes`);
  for (let index = 0; index < 1_000_000; index += 997) {
    const name = nameOf(index);
    assert.ok(paths.has(name));
    assert.ok(paths.hasAbove(`${name}/below/it`));
    assert.not(paths.hasAbove(name));
    assert.not(paths.has(`${name}x`));
    assert.not(paths.hasAbove(`${name}x/below`));
  }
});
