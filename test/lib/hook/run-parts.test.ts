// One contract for the hooks of a directory, with Debian's run-parts and with what is built in for machines without it.

import * as assert from 'uvu/assert';
import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {hookFiles} from '../../../lib/hook/hook-files.js';
import {findRunParts, hookCommand, howFailed} from '../../../lib/hook/run-parts.js';
import type {Sandbox} from '../../helpers/sandbox.js';
import {suite} from '../../helpers/suite.js';

const test = suite('run-parts');

const ways = [
  {name: 'Debian’s', find: findRunParts, needs: 'run-parts'},
  {name: 'built in', find: () => undefined, needs: 'sh'},
];

/** Runs a directory of hooks; the first that fails is the last. */
async function run(
  t: Sandbox,
  find: typeof findRunParts,
): Promise<{out: string; status: number; how?: string}> {
  let out = '';
  for (const file of hookFiles(`${t.dir}/hooks.d`, t.env)) {
    if (file.problem?.isSkipped === true) continue;
    if (file.problem !== undefined) return {out, status: 1, how: file.problem.what};
    const [program, ...words] = hookCommand(file, ['pool-0', 'a  b'], find(t.env));
    const {stdout, status} = await t.run('sh', [
      '-c',
      'umask 077; "$0" "$@" 2>&1',
      program,
      ...words,
    ]);
    out += stdout;
    if (status !== 0) return {out, status: status ?? -1, how: howFailed(file, status ?? -1, out)};
  }
  return {out, status: 0};
}

function hook(t: Sandbox, name: string, code: string): void {
  t.write(`hooks.d/${name}`, `#!/bin/sh\n${code}\n`, 0o700);
}

for (const {name, find, needs} of ways) {
  test(`${name}: files run in the order of their names, with the words`, async (t) => {
    t.needs(needs);
    for (const each of ['9', '10', 'b', 'B', 'a_c', 'a-c'])
      hook(t, each, 'echo "${0##*/} $# $1 $2"');
    const {out, status} = await run(t, find);
    const expected = ['10', '9', 'B', 'a-c', 'a_c', 'b'].map((each) => `${each} 2 pool-0 a  b\n`);
    assert.equal([out, status], [expected.join(''), 0]);
  });

  test(`${name}: the first that fails is the last, and tells its status`, async (t) => {
    t.needs(needs);
    hook(t, '1', 'echo one');
    hook(t, '2', 'exit 7');
    hook(t, '3', 'echo three');
    const {out, status, how} = await run(t, find);
    assert.not(status === 0);
    assert.match(out, /^one\n/);
    assert.not.match(out, /three/);
    assert.is(how, 'status 7');
  });

  test(`${name}: one that a signal ended tells which`, async (t) => {
    t.needs(needs);
    hook(t, '1', 'kill -9 $$');
    const {status, how} = await run(t, find);
    assert.not(status === 0);
    assert.is(how, 'signal 9');
  });

  test(`${name}: a status is told whatever the hook printed before it`, async (t) => {
    t.needs(needs);
    hook(t, '1', 'echo "run-parts: $0 exited with return code 9"; printf unended; exit 7');
    assert.is((await run(t, find)).how, 'status 7');
    hook(t, '1', 'echo "run-parts: /other exited because of uncaught signal 9"; exit 3');
    assert.is((await run(t, find)).how, 'status 3');
    hook(t, '1', 'echo "sh: 1: exec: /bin/other: not found"; exit 127');
    assert.is((await run(t, find)).how, 'status 127');
    hook(t, '1', 'exit 255');
    assert.is((await run(t, find)).how, 'status 255');
  });

  test(`${name}: a program of another machine is told to be none that can be executed`, async (t) => {
    t.needs(needs);
    const start = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0xff, 0, 1, 0];
    t.write('hooks.d/1', '', 0o700);
    writeFileSync(`${t.dir}/hooks.d/1`, Buffer.from([...start, 0, 0]));
    assert.match((await run(t, find)).how ?? '', /^it cannot be executed: .*Exec format error$/);
  });

  test(`${name}: what a hook makes may be read by others, whatever the caller's umask`, async (t) => {
    t.needs(needs);
    hook(t, '1', 'umask');
    assert.is((await run(t, find)).out, '0022\n');
  });

  test(`${name}: a text without an interpreter is nobody's program`, async (t) => {
    t.needs(needs);
    t.write('hooks.d/1', 'echo ran\n', 0o700);
    assert.equal(await run(t, find), {out: '', status: 1, how: 'has no interpreter'});
  });

  test(`${name}: what is not a hook is passed over`, async (t) => {
    t.needs(needs);
    hook(t, 'yes', 'echo yes');
    hook(t, 'no.sh', 'echo no');
    hook(t, 'no~', 'echo no');
    t.write('hooks.d/no-x', '#!/bin/sh\necho no\n', 0o600);
    mkdirSync(`${t.dir}/hooks.d/directory`);
    symlinkSync('yes', `${t.dir}/hooks.d/link`);
    assert.equal(await run(t, find), {out: 'yes\nyes\n', status: 0});
    const files = hookFiles(`${t.dir}/hooks.d`, t.env);
    assert.is(files.filter(({problem}) => problem?.isSkipped === true).length, 4);
  });

  test(`${name}: a script whose interpreter is missing fails, and is told of it`, async (t) => {
    t.needs(needs);
    t.write('hooks.d/1', '#!/no/such/interpreter\n', 0o700);
    const {status, how} = await run(t, find);
    assert.not(status === 0);
    assert.is(how, "wants the interpreter '/no/such/interpreter', which is not there");
  });

  test(`${name}: a symlink that leads nowhere is not passed over in silence`, async (t) => {
    t.needs(needs);
    mkdirSync(`${t.dir}/hooks.d`);
    symlinkSync('nowhere', `${t.dir}/hooks.d/1`);
    assert.not((await run(t, find)).status === 0);
  });

  test(`${name}: a directory with nothing in it succeeds`, async (t) => {
    t.needs(needs);
    mkdirSync(`${t.dir}/hooks.d`);
    assert.equal(await run(t, find), {out: '', status: 0});
  });
}

test('another run-parts than Debian’s is not used', (t) => {
  t.write('bin/run-parts', '#!/bin/sh\n', 0o700);
  assert.is(findRunParts({PATH: `${t.dir}/bin`}), undefined);
  assert.is(findRunParts({PATH: '/nowhere'}), undefined);
});
