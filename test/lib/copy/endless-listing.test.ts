// An instance that tells more than anybody can keep.

import * as assert from 'uvu/assert';
import {sending} from '../../helpers/hostile.js';
import {suite} from '../../helpers/suite.js';

const test = suite('a listing without end');

test('ends a sync with an error, and the program that tells it', async (t) => {
  const instance = await sending(t);
  const root = (await t.crcache(['run', instance, 'pwd'])).stdout.trim();
  t.write('hostile/find', '#!/bin/sh\nexec yes "a////f 644 0 0 1 1"\n', 0o755);
  t.write('to/.keep', '');
  const {status, stderr} = await t.crcache(['sync', `${instance}:${root}`, 'to']);
  assert.is(status, 1);
  assert.match(stderr, /cannot list '.*': more than 128 MiB were told/);
});
