// Tests of several instances, as their authors write them: the examples.

import * as assert from 'uvu/assert';
import {mkdirSync, symlinkSync} from 'node:fs';
import {assertAtRest} from '../helpers/at-rest.js';
import {copyExample} from '../helpers/examples.js';
import {repository} from '../helpers/sandbox.js';
import {follow} from '../helpers/sessions.js';
import {suite} from '../helpers/suite.js';

const test = suite('streams');

test('the manual shows what tests of streams do', {timeLimitMs: 60_000}, async (t) => {
  t.needs('busybox');
  t.write('bin/ping', '#!/bin/sh\nexec busybox ping "$@"\n', 0o700);
  t.env['PATH'] = `${t.dir}/bin:${t.env['PATH'] ?? ''}`;
  const cwd = copyExample(t, 'streams');
  mkdirSync(`${cwd}/node_modules`);
  symlinkSync(repository, `${cwd}/node_modules/crcache`);
  await follow(t, 'man/crcache-streams.7', cwd);
  t.write('bin/ping', '#!/bin/sh\nexit 1\n', 0o700);
  const failed = await t.crcache(['with', '--streams', 'lab.yaml', '--', './reach'], {cwd});
  assert.is(failed.status, 1, failed.stderr);
  await assertAtRest(t);
});
