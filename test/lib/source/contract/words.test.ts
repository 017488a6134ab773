// How the words of `run` and `shell` are read: the same for every kind of instance.

import * as assert from 'uvu/assert';
import {suite} from '../../../helpers/suite.js';
import {acquireKind, type Kind} from './kinds.js';

const test = suite('words');

const kind: Kind = {name: 'sim', source: 'fake', sources: {fake: ['type=sim']}};

test('options are read after the name of a source or an instance as well', async (t) => {
  const name = await acquireKind(t, kind);
  for (const words of [
    ['run', name, '-C', '/'],
    ['run', '-s', name],
    ['run', '-s', kind.source],
    ['run', kind.source],
    ['-s', name, 'run'],
    ['run', name.replace('-', '')],
  ]) {
    const {stdout, stderr} = await t.crcache([...words, 'echo', 'hi', '-C']);
    assert.is(stdout, 'hi -C\n', stderr);
  }
});

test('a shell takes a source by its option, too', async (t) => {
  const name = await acquireKind(t, kind);
  const {stdout} = await t.crcache(['shell', '-s', name], {input: 'echo "$CRCACHE_INSTANCE"'});
  assert.is(stdout, `${name}\n`);
});

test('what sets no variable is refused', async (t) => {
  const name = await acquireKind(t, kind);
  for (const word of ['=x', '1=2', 'a-b=c', 'a b=c', '']) {
    const {status, stdout, stderr} = await t.crcache(['run', '-e', word, name, 'true']);
    assert.equal([status, stdout], [125, ''], word);
    assert.match(stderr, `'${word}' does not set a variable`);
  }
});
