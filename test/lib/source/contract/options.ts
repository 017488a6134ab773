// What options of `run` do.

import * as assert from 'uvu/assert';
import {readFileSync} from 'node:fs';
import type {Result} from '../../../helpers/programs.js';
import type {Sandbox} from '../../../helpers/sandbox.js';
import {ownSeconds, processesWith} from '../../../helpers/sleepers.js';
import type {There} from './there.js';

/** Where it takes some time until a command has begun. */
const many = {timeLimitMs: 120_000};

/** Runs a command that says when it is up with a time limit that it comes to, however busy this machine is. */
async function runOverTime(t: Sandbox, words: readonly string[]): Promise<Result> {
  let result: Result | undefined;
  for (const limit of ['1', '4', '16']) {
    result = await t.crcache(['run', '--timeout', limit, ...words]);
    if (result.stdout !== '') return result;
    assert.is(result.status, 124, result.stderr);
  }
  throw new Error(`it does not begin: ${String(result?.stderr)}`);
}

export function describeOptions(there: There): void {
  const {test} = there;

  test('options set variables', async (t) => {
    const name = await there.enter(t);
    t.env['OWN'] = 'mine';
    t.write('file', '# no setting\n\nF= a "b" \nG=$HOME\n');
    const set = ['-e', "A=b c\n'", '-e', 'OWN', '-e', 'NONE', '--env-file', 'file', '-e', 'G=2'];
    const show = 'printf "%s|" "$A" "$OWN" "${NONE-none}" "$F" "$G"';
    const {stdout, stderr} = await t.crcache(['run', ...set, name, 'sh', '-c', show]);
    assert.equal([stdout, stderr], [`b c\n'|mine|none| a "b" |2|`, '']);
  });

  test('a directory is found, or the command fails', async (t) => {
    const name = await there.enter(t);
    t.env['CDPATH'] = '/';
    await t.crcache(['run', name, 'mkdir', '-p', 'a b', 'usr', './-']);
    for (const directory of ['a b', 'usr', '-', '/usr']) {
      const {stdout, stderr} = await t.crcache(['run', '-C', directory, name, 'pwd']);
      assert.ok(stdout.endsWith(`/${directory.replace('/', '')}\n`), stdout);
      assert.is(stdout === '/usr\n', directory === '/usr');
      assert.is(stderr, '');
    }
    for (const directory of ['/no/such', 'no-such', '/etc/passwd', '--', '-P']) {
      const {status, stdout, stderr} = await t.crcache(['run', '-C', directory, name, 'pwd']);
      assert.equal([status, stdout], [125, ''], directory);
      assert.is(stderr, `crcache: cannot enter directory '${directory}' in '${name}'\n`);
    }
  });

  test('a line is given to a shell, with its words', async (t) => {
    const name = await there.enter(t);
    const line = 'echo "$0 $1 $#"; exit 7';
    const {status, stdout} = await t.crcache(['run', '-S', line, name, 'a b', 'c']);
    assert.equal([status, stdout], [7, 'sh a b 2\n']);
  });

  const testOfUsers = there.kind.manners?.hasRootAlone === true ? (): void => undefined : test;

  testOfUsers('a command becomes another user, or fails', async (t) => {
    if (process.getuid?.() !== 0) t.skip('needs root');
    t.needs('setpriv');
    const name = await there.enter(t);
    const {stdout} = await t.crcache(['run', '-u', 'nobody', name, 'id', '-un']);
    assert.is(stdout, 'nobody\n');
    const {status, stderr} = await t.crcache(['run', '-u', 'no-such', name, 'true']);
    assert.equal([status, stderr], [125, "crcache: there is no user 'no-such'\n"]);
    const unnamed = await t.crcache(['run', '-u', '', name, 'true']);
    assert.equal(
      [unnamed.status, unnamed.stderr],
      [125, "crcache: option '--user' wants a user\n"],
    );
  });

  test('a time limit ends a command and all that it started', many, async (t) => {
    const name = await there.enter(t);
    const mark = ownSeconds(t);
    const stubborn = `trap '' TERM; (setsid sleep ${mark} &); echo up; sleep ${mark}; sleep ${mark}`;
    const words = ['--grace', '0.2', '--status-file', 'end', name, 'sh', '-c', stubborn];
    const {status, stdout} = await runOverTime(t, words);
    assert.equal([status, stdout], [124, 'up\n']);
    assert.is(readFileSync(`${t.dir}/end`, 'utf8'), 'status=124\nwhy=timeout\n');
    assert.equal(processesWith(mark), []);
  });

  test('a command that is over its time has its grace, and is heard', many, async (t) => {
    const name = await there.enter(t);
    const line = 'trap "echo term; sleep 2; echo done; exit 0" TERM; echo up; sleep 60 & wait';
    const {status, stdout, stderr} = await runOverTime(t, ['--grace', '20', name, '-S', line]);
    assert.equal([status, stdout, stderr], [124, 'up\nterm\ndone\n', '']);
  });

  test('a status file says how a command ended', async (t) => {
    const name = await there.enter(t);
    // From elsewhere a status comes alone: it does not say whether it was a signal's.
    const killed =
      there.kind.manners?.isFar === true ? 'why=exited\n' : 'signal=SIGKILL\nwhy=signalled\n';
    const endings: [string, readonly string[], string][] = [
      ['exit 125', [], 'status=125\nwhy=exited\n'],
      ['kill -9 $$', [], `status=137\n${killed}`],
      ['exit 0', [], 'status=0\nwhy=exited\n'],
      ['exit 3', ['-C', '/no'], 'status=125\nwhy=crcache\n'],
      ['exit 3', ['-e', '=x'], 'status=125\nwhy=crcache\n'],
    ];
    for (const [line, options, said] of endings) {
      await t.crcache(['run', '--status-file', 'end', ...options, name, '-S', line]);
      assert.is(readFileSync(`${t.dir}/end`, 'utf8'), said, line);
    }
    const words = ['run', '--status-file', 'end', '-C', '/', name, 'cat'];
    assert.is((await t.crcache(words, {input: 'l1\nl2\n'})).stdout, 'l1\nl2\n');
  });

  test('a shell reads commands', async (t) => {
    const name = await there.enter(t);
    for (const words of [
      ['shell', name],
      ['run', name],
    ]) {
      const {status, stdout} = await t.crcache(words, {input: 'echo "$CRCACHE_INSTANCE"; exit 4'});
      assert.equal([status, stdout], [4, `${name}\n`]);
    }
  });
}
