// `crcache foo` is `crcache-foo` on the PATH: its words, streams and end are those of a direct call.

import * as assert from 'uvu/assert';
import {mkdirSync, symlinkSync} from 'node:fs';
import path from 'node:path';
import {findExtension, listExtensions} from '../../../lib/cli/extension.js';
import type {Sandbox} from '../../helpers/sandbox.js';
import {suite} from '../../helpers/suite.js';

const test = suite('an extension');

/** Puts `crcache-foo` with this text of a shell script on the PATH. */
function plant(t: Sandbox, script: string, name = 'crcache-foo'): string {
  t.env['PATH'] = `${path.join(t.dir, 'bin')}:${t.env['PATH'] ?? ''}`;
  return t.write(`bin/${name}`, `#!/bin/sh\n${script}\n`, 0o755);
}

test('gets its words as they were given', async (t) => {
  plant(t, `printf '<%s>' "$@"`);
  const words = ['', 'a b', '-s', '--version', "'", '*', '\n', '--', '$HOME', 'é'];
  const {status, stdout, stderr} = await t.crcache(['foo', ...words]);
  assert.equal([status, stderr], [0, '']);
  assert.is(stdout, words.map((word) => `<${word}>`).join(''));
});

test('ends crcache with its own status', async (t) => {
  plant(t, 'exit "$1"');
  for (const status of [0, 1, 42, 255]) {
    assert.is((await t.crcache(['foo', String(status)])).status, status);
  }
});

test('that a signal ends makes the status 128 and its number', async (t) => {
  plant(t, 'kill -"$1" $$');
  for (const [signal, status] of [
    ['TERM', 143],
    ['KILL', 137],
    ['INT', 130],
  ] as const) {
    assert.is((await t.crcache(['foo', signal])).status, status, signal);
  }
});

test('has the streams of crcache', async (t) => {
  plant(t, 'cat; echo problem >&2');
  const {stdout, stderr} = await t.crcache(['foo'], {input: 'text without a newline'});
  assert.equal([stdout, stderr], ['text without a newline', 'problem\n']);
});

test('runs in the directory and the environment of crcache', async (t) => {
  plant(t, 'pwd; echo "$LANG $CRCACHE_DIR $CRCACHE_CONFIG"');
  const {stdout} = await t.crcache(['--state-dir=/a', '--config-dir=/b', 'foo']);
  assert.is(stdout, `${t.dir}\nC.UTF-8 /a /b\n`);
});

test('is offered for a wrong word', async (t) => {
  plant(t, '');
  const {status, stderr} = await t.crcache(['fooo']);
  assert.is(status, 2);
  assert.match(stderr, "hint: did you mean 'foo'?");
});

test('does not stand in for a command of ours', async (t) => {
  plant(t, 'echo mine', 'crcache-help');
  assert.match((await t.crcache(['help'])).stdout, /^usage: crcache/);
});

test('may be a link to an executable', async (t) => {
  const target = plant(t, 'echo linked', 'other');
  symlinkSync(target, path.join(t.dir, 'bin/crcache-foo'));
  assert.is((await t.crcache(['foo'])).stdout, 'linked\n');
});

test('is the first one on the PATH', (t) => {
  const first = t.write('1/crcache-foo', '', 0o755);
  t.write('2/crcache-foo', '', 0o755);
  assert.is(findExtension({PATH: `${t.dir}/1:${t.dir}/2`}, 'foo'), first);
});

test('is an executable file, and no type of source', (t) => {
  mkdirSync(path.join(t.dir, 'bin/crcache-directory'), {recursive: true});
  t.write('bin/crcache-text', '', 0o644);
  t.write('bin/crcache-source-foo', '', 0o755);
  t.write('bin/crcache', '', 0o755);
  t.write('bin/other', '', 0o755);
  symlinkSync('nothing', path.join(t.dir, 'bin/crcache-dangling'));
  symlinkSync('crcache-loop', path.join(t.dir, 'bin/crcache-loop'));
  const env = {PATH: `/no/such/directory:${t.dir}/bin`};
  for (const word of ['directory', 'text', 'source-foo', 'dangling', 'loop', '']) {
    assert.is(findExtension(env, word), undefined, word);
  }
  assert.equal(listExtensions(env), []);
});

test('is no path', (t) => {
  t.write('bin/crcache-foo/bar', '', 0o755);
  for (const word of ['foo/bar', '../bin/foo', '.', '..', '-foo', 'a b']) {
    assert.is(findExtension({PATH: `${t.dir}/bin`}, word), undefined, word);
  }
});

test('is not looked for in the current directory', async (t) => {
  t.write('crcache-foo', '#!/bin/sh\necho here', 0o755);
  for (const searchPath of ['', '.', ':', undefined]) {
    assert.is(findExtension({PATH: searchPath}, 'foo'), undefined);
  }
  t.env['PATH'] = `.::${t.env['PATH'] ?? ''}`;
  assert.is((await t.crcache(['foo'])).status, 2);
});

test('is listed once, in the order of the words', (t) => {
  for (const file of ['1/crcache-b', '2/crcache-b', '2/crcache-a', '1/crcache-c']) {
    t.write(file, '', 0o755);
  }
  assert.equal(listExtensions({PATH: `${t.dir}/1:${t.dir}/2`}), ['a', 'b', 'c']);
});

test('without a first line is a script of the shell', async (t) => {
  plant(t, '');
  t.write('bin/crcache-foo', 'echo shell\n', 0o755);
  assert.is((await t.crcache(['foo'])).stdout, 'shell\n');
});

test('whose interpreter is missing fails with one line', async (t) => {
  const file = plant(t, '');
  t.write('bin/crcache-foo', '#!/no/such/interpreter\n', 0o755);
  const {status, stderr} = await t.crcache(['foo']);
  assert.is(stderr, `crcache: cannot run '${file}': its interpreter is missing\n`);
  assert.is(status, 1);
});
