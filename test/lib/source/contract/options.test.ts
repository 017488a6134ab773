// What options of `run` do, in every kind of instance.

import * as assert from 'uvu/assert';
import {readFileSync} from 'node:fs';
import {suite} from '../../../helpers/suite.js';
import {acquireKind, kinds} from './kinds.js';

const test = suite('options');

for (const kind of kinds) {
  test(`set variables in ${kind.name}`, async (t) => {
    const name = await acquireKind(t, kind);
    t.env['OWN'] = 'mine';
    t.write('file', '# no setting\n\nF= a "b" \nG=$HOME\n');
    const set = ['-e', "A=b c\n'", '-e', 'OWN', '-e', 'NONE', '--env-file', 'file', '-e', 'G=2'];
    const show = 'printf "%s|" "$A" "$OWN" "${NONE-none}" "$F" "$G"';
    const {stdout, stderr} = await t.crcache(['run', ...set, name, 'sh', '-c', show]);
    assert.equal([stdout, stderr], [`b c\n'|mine|none| a "b" |2|`, '']);
  });

  test(`refuse what sets no variable, in ${kind.name}`, async (t) => {
    const name = await acquireKind(t, kind);
    for (const word of ['=x', '1=2', 'a-b=c', 'a b=c', '']) {
      const {status, stdout, stderr} = await t.crcache(['run', '-e', word, name, 'true']);
      assert.equal([status, stdout], [125, ''], word);
      assert.match(stderr, `'${word}' does not set a variable`);
    }
  });

  test(`find a directory, or fail, in ${kind.name}`, async (t) => {
    const name = await acquireKind(t, kind);
    t.env['CDPATH'] = '/';
    await t.crcache(['run', name, 'mkdir', '-p', 'a b', 'usr', './-']);
    for (const directory of ['a b', 'usr', '-', '/usr']) {
      const {stdout, stderr} = await t.crcache(['run', '-C', directory, name, 'pwd']);
      assert.ok(stdout.endsWith(`/${directory.replace('/', '')}\n`), stdout);
      assert.ok(stdout === '/usr\n' || stdout.length > 10, stdout);
      assert.is(stderr, '');
    }
    for (const directory of ['/no/such', 'no-such', '/etc/passwd', '--', '-P']) {
      const {status, stdout, stderr} = await t.crcache(['run', '-C', directory, name, 'pwd']);
      assert.equal([status, stdout], [125, ''], directory);
      assert.is(stderr, `crcache: cannot enter directory '${directory}' in '${name}'\n`);
    }
  });

  test(`give a line to a shell, with its words, in ${kind.name}`, async (t) => {
    const name = await acquireKind(t, kind);
    const line = 'echo "$0 $1 $#"; exit 7';
    const {status, stdout} = await t.crcache(['run', '-S', line, name, 'a b', 'c']);
    assert.equal([status, stdout], [7, 'sh a b 2\n']);
  });

  test(`become another user in ${kind.name}, or fail`, async (t) => {
    if (process.getuid?.() !== 0) t.skip('needs root');
    t.needs('setpriv');
    const name = await acquireKind(t, kind);
    await t.run('chmod', ['-R', 'a+rX', t.dir]);
    const {stdout} = await t.crcache(['run', '-u', 'nobody', name, 'id', '-un']);
    assert.is(stdout, 'nobody\n');
    const {status, stderr} = await t.crcache(['run', '-u', 'no-such', name, 'true']);
    assert.equal([status, stderr], [125, "crcache: there is no user 'no-such'\n"]);
  });

  test(`are read after a source's or an instance's name as well, in ${kind.name}`, async (t) => {
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

  test(`end a command and all it started in ${kind.name}, when its time is up`, async (t) => {
    const name = await acquireKind(t, kind);
    const stubborn = `trap '' TERM; (setsid sleep 600 & echo $! >'${t.dir}/child'); sleep 600; sleep 600`;
    const limits = ['--timeout', '0.3', '--grace', '0.2', '--status-file', 'end'];
    const {status} = await t.crcache(['run', ...limits, name, 'sh', '-c', stubborn]);
    assert.is(status, 124);
    assert.is(readFileSync(`${t.dir}/end`, 'utf8'), 'status=124\nwhy=timeout\n');
    const child = readFileSync(`${t.dir}/child`, 'utf8').trim();
    const state = await t.run('ps', ['-o', 'stat=', '-p', child]);
    assert.match(state.stdout, /^Z?[^]{0,3}$/);
  });

  test(`say how a command ended in ${kind.name}`, async (t) => {
    const name = await acquireKind(t, kind);
    const endings: [string, readonly string[], string][] = [
      ['exit 125', [], 'status=125\nwhy=exited\n'],
      ['kill -9 $$', [], 'status=137\nsignal=SIGKILL\nwhy=signalled\n'],
      ['exit 0', [], 'status=0\nwhy=exited\n'],
      ['exit 3', ['-C', '/no'], 'status=125\nwhy=crcache\n'],
      ['exit 3', ['-e', '=x'], 'status=125\nwhy=crcache\n'],
    ];
    for (const [line, options, said] of endings) {
      await t.crcache(['run', '--status-file', 'end', ...options, name, '-S', line]);
      assert.is(readFileSync(`${t.dir}/end`, 'utf8'), said, line);
    }
  });

  test(`a shell reads commands in ${kind.name}`, async (t) => {
    const name = await acquireKind(t, kind);
    for (const words of [
      ['shell', name],
      ['run', name],
      ['shell', '-s', name],
    ]) {
      const {status, stdout} = await t.crcache(words, {input: 'echo "$CRCACHE_INSTANCE"; exit 4'});
      assert.equal([status, stdout], [4, `${name}\n`]);
    }
  });
}
