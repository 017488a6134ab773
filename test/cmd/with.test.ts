// with: whatever ends the command, crcache or both of them, the instances go back.

import * as assert from 'uvu/assert';
import {readFileSync} from 'node:fs';
import {setTimeout as pause} from 'node:timers/promises';
import {assertAtRest, unrest} from '../helpers/at-rest.js';
import {stateOf, until} from '../helpers/held.js';
import type {Result} from '../helpers/programs.js';
import type {Sandbox} from '../helpers/sandbox.js';
import {ownSeconds, processesWith} from '../helpers/sleepers.js';
import {suite} from '../helpers/suite.js';

const test = suite('with');

/** Sources with three instances each. */
const sources: Readonly<Record<string, string>> = {
  local: 'type=local\nmaximum=3',
  sim: 'type=sim\nmaximum=3',
  pool: 'type=pool\nsources=sim\nmaximum=3',
};

const names = Object.keys(sources);

const signals = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;

function configure(t: Sandbox): void {
  for (const [name, keys] of Object.entries(sources)) {
    t.write(`config/sources/${name}/source.conf`, `[DEFAULT]\n${keys}\n`);
  }
}

/** A command that has said that it runs, and what becomes of the crcache that runs it. */
interface Running {
  readonly result: Promise<Result>;
  /** The pid of crcache. */
  readonly pid: number;
  /** The pid of the command. */
  readonly command: number;
}

/** Runs a sh that does as its code says and then sleeps, up to where it writes its pid in between. */
async function start(t: Sandbox, words: readonly string[], code = ':'): Promise<Running> {
  await t.run('mkfifo', [`${t.dir}/started`]);
  let pid = 0;
  const line = `${code}; echo $$ >${t.dir}/started; sleep 1000 & wait`;
  const result = t.crcache(['with', ...words, '--', 'sh', '-c', line], {
    onStart: (child) => (pid = child.pid ?? 0),
  });
  const {stdout} = await t.run('cat', [`${t.dir}/started`]);
  return {result, pid, command: Number(stdout)};
}

const isAlive = (pid: number): boolean => !['', 'Z', 'X'].includes(stateOf(pid));

for (const source of ['local', 'sim']) {
  const what = `twenty of ${source} that are killed at any moment leave no command after two seconds`;
  test(what, {timeLimitMs: 180_000}, async (t) => {
    t.write(`config/sources/${source}/source.conf`, `[DEFAULT]\ntype=${source}\nmaximum=20\n`);
    const mark = ownSeconds(t);
    const line = `sleep ${mark} & exec sleep ${mark}`;
    const ends = Array.from({length: 20}, () => {
      const afterMs = t.random.below(3000);
      return t.crcache(['with', source, '--', 'sh', '-c', line], {
        onStart: (child) => setTimeout(() => child.kill('SIGKILL'), afterMs),
      });
    });
    for (const {signal} of await Promise.all(ends)) assert.is(signal, 'SIGKILL');
    const deadline = Date.now() + 2000;
    while (processesWith(mark).length > 0 && Date.now() < deadline) await pause(20);
    assert.equal(processesWith(mark), []);
    await until(() => unrest(t).length === 0, 'all of them are released').catch(() => {
      assert.equal(unrest(t), []); // says what is not
    });
    await assertAtRest(t);
  });
}

for (const source of names) {
  test(`runs the command in an instance of ${source}, and passes its status on`, async (t) => {
    configure(t);
    const code = 'echo "$CRCACHE_INSTANCE"; echo error >&2; exit 42';
    const result = await t.crcache(['with', source, '--', 'sh', '-c', code]);
    assert.equal(result, {status: 42, signal: null, stdout: `${source}-0\n`, stderr: 'error\n'});
    await assertAtRest(t);
  });

  test(`gives 128+n for a command in ${source} that a signal ended`, async (t) => {
    configure(t);
    const {result, command} = await start(t, [source]);
    process.kill(command, 'SIGKILL');
    assert.is((await result).status, 137);
    await assertAtRest(t);
  });

  for (const signal of source === 'local' ? signals : signals.slice(0, 2)) {
    test(`hands ${signal} on to the command in ${source}, and ends when that does`, async (t) => {
      configure(t);
      const {result, pid} = await start(t, [source], `trap 'exit 42' ${signal.slice(3)}`);
      process.kill(pid, signal);
      assert.is((await result).status, 42);
      await assertAtRest(t);
    });
  }

  for (const where of [[], ['--here'], ['-n', '3']]) {
    const words = [source, ...where];

    test(`with ${words.join(' ')}: the command and the instances end when crcache is killed`, async (t) => {
      configure(t);
      const {result, pid, command} = await start(t, words, "trap '' HUP INT");
      process.kill(pid, 'SIGKILL');
      assert.is((await result).signal, 'SIGKILL');
      await until(() => unrest(t).length === 0, 'the watcher has released all');
      assert.not.ok(isAlive(command));
      await assertAtRest(t);
    });

    test(`with ${words.join(' ')}: gc does it when the watcher is killed as well`, async (t) => {
      configure(t);
      const {result, pid, command} = await start(t, words);
      for (const each of [...childrenOf(pid).filter((child) => child !== command), pid]) {
        process.kill(each, 'SIGKILL');
      }
      await until(() => !isAlive(pid), 'crcache is gone');
      assert.ok(isAlive(command), 'nobody is left who would end it');
      assert.is((await t.crcache(['gc', '-q'])).status, 0);
      assert.not.ok(isAlive(command));
      await result;
      await assertAtRest(t);
    });
  }

  test(`leaves nothing of ${source} when it is killed while it acquires or releases`, async (t) => {
    configure(t);
    const steps = ['acquire:taken', 'acquire:claimed', 'allocate:leased', 'allocate:in-use'];
    for (const step of steps) {
      t.env['CRCACHE_STOP_AT'] = `kill:${step}`;
      const {signal, stdout} = await t.crcache(['with', source, '-n', '2', '--', 'echo', 'oh']);
      assert.equal([step, signal, stdout], [step, 'SIGKILL', '']);
      await until(() => unrest(t).length === 0, `the watcher has done what is due after ${step}`);
    }
    for (const step of ['release:taken', 'release:stopped', 'release:cached']) {
      t.env['CRCACHE_STOP_AT'] = `kill:${step}`;
      await t.crcache(['with', source, '-n', '2', '--', 'true']);
      delete t.env['CRCACHE_STOP_AT'];
      // The watcher may die of the same, or be at it still.
      while (unrest(t).length > 0) assert.is((await t.crcache(['gc', '-q'])).status, 0);
    }
    await assertAtRest(t);
  });

  test(`keeps an instance of ${source} whose command failed, and says how to go on`, async (t) => {
    configure(t);
    const keeping = ['with', source, '--keep-failed', '--'];
    assert.is((await t.crcache([...keeping, 'true'])).status, 0);
    await assertAtRest(t);
    const {status, stderr} = await t.crcache([...keeping, 'sh', '-c', 'exit 3']);
    assert.is(status, 3);
    const hints = [`crcache shell ${source}-0`, `crcache release ${source}-0`];
    assert.equal(
      stderr.split('\n').slice(1, 3),
      hints.map((line) => `hint: ${line}`),
    );
    assert.is((await t.crcache(['gc', '-q'])).status, 0);
    assert.ok(unrest(t).includes(`${source}/in-use/${source}-0`));
    assert.is((await t.crcache(['release', `${source}-0`])).status, 0);
    await assertAtRest(t);
  });

  test(
    `twenty at once wait for their turn on the three of ${source}`,
    {timeLimitMs: 120_000},
    async (t) => {
      configure(t);
      const line = ['with', source, '--wait', '--', 'sh', '-c', 'echo "$CRCACHE_INSTANCE"'];
      const results = await Promise.all(Array.from({length: 20}, () => t.crcache(line)));
      for (const {status, stdout, stderr} of results) {
        assert.equal([status, stderr], [0, '']);
        assert.match(stdout, /^[a-z]+-[012]\n$/);
      }
      await assertAtRest(t);
    },
  );

  test(`works inside of itself on ${source}`, async (t) => {
    configure(t);
    const show = 'echo "$CRCACHE_INSTANCE $CRCACHE_LEASE"';
    const inner = `${show}; crcache with ${source} -- sh -c '${show}; exit 5'; echo $?; ${show}`;
    const {stdout, stderr} = await t.crcache(['with', source, '--', 'sh', '-c', inner]);
    const [outside, inside, status, after] = stdout.split('\n');
    assert.equal([stderr, status, after], ['', '5', outside]);
    assert.match(outside ?? '', new RegExp(`^${source}-0 [a-z0-9]+$`));
    assert.match(inside ?? '', new RegExp(`^${source}-1 [a-z0-9]+$`));
    assert.is.not(outside?.split(' ')[1], inside?.split(' ')[1]);
    await assertAtRest(t);
  });
}

test('one inside of another ends with it', async (t) => {
  configure(t);
  const words = ['sim', '--', 'crcache', 'with', 'local', '--here'];
  const {result, pid, command} = await start(t, words);
  process.kill(pid, 'SIGKILL');
  await result;
  await until(() => unrest(t).length === 0, 'all of it is released');
  assert.not.ok(isAlive(command));
  await assertAtRest(t);
});

test('all goes back also where the directory that it was called in has been removed', async (t) => {
  configure(t);
  await t.run('mkfifo', ['started']);
  const line = 'rmdir "$PWD"; echo >../started; sleep 1000';
  const outer = 'mkdir gone; cd gone; exec crcache with sim --here -- sh -c "$0"';
  let pid = 0;
  const result = t.run('sh', ['-c', outer, line], {onStart: (child) => (pid = child.pid ?? 0)});
  await t.run('cat', ['started']);
  process.kill(pid, 'SIGKILL');
  await result;
  await until(() => unrest(t).length === 0, 'the watcher has released all');
  await assertAtRest(t);
});

test('several are run with on this machine, by their names', async (t) => {
  configure(t);
  const code =
    'echo "$CRCACHE_INSTANCES"; sed -n s/^id=//p "$CRCACHE_DIR"/sources/sim/in-use/*/lease';
  const line = `${code}; echo "$CRCACHE_LEASE"; pwd`;
  const {stdout} = await t.crcache(['with', '-s', 'sim', '-n', '2', '--', 'sh', '-c', line]);
  const [instances, first, second, lease, directory] = stdout.split('\n');
  assert.is(instances, 'sim-0 sim-1');
  assert.equal([first, second], [lease, lease]);
  assert.is(directory, t.dir);
  await assertAtRest(t);
});

test('a Ctrl-C reaches the command once, which ends in its own time', async (t) => {
  t.needs('script');
  configure(t);
  await t.run('mkfifo', ['keys', 'started', 'ending', 'go', 'over']);
  const onInt = 'echo INT >>got; echo >ending; read -r _ <go; exit 7';
  t.write('inside', `trap '${onInt}' INT; echo >started; sleep 1000 & wait`);
  const line = 'exec crcache with local -- sh inside';
  const onTerminal = t.run('sh', ['-c', 'exec script -qec "$0" /dev/null <keys', line]);
  const press = "exec 3>keys; read -r _ <started; printf '\\003' >&3; read -r _ <ending";
  const look = 'ls state/sources/local/in-use; echo >go; read -r _ <over';
  const keys = t.run('sh', ['-c', `${press}; ${look}`]);
  assert.is((await onTerminal).status, 7);
  await t.run('sh', ['-c', 'echo >over']);
  assert.is((await keys).stdout, 'local-0\n', 'it was in use while the command took its time');
  assert.is(readFileSync(`${t.dir}/got`, 'utf8'), 'INT\n');
  await assertAtRest(t);
});

for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
  test(`leaves no ticket when ${signal} ends it while it waits`, async (t) => {
    configure(t);
    t.write('config/sources/local/source.conf', '[DEFAULT]\ntype=local\nmaximum=1\n');
    const first = await start(t, ['local']);
    let pid = 0;
    const second = t.crcache(['with', 'local', '--wait', '--', 'true'], {
      onStart: (child) => (pid = child.pid ?? 0),
    });
    // What is still being written is no ticket yet.
    const isTicket = (name: string): boolean => name.includes('.waits@') && !name.endsWith('.new');
    const isQueued = (): boolean => unrest(t).some(isTicket);
    await until(isQueued, 'the second one waits');
    process.kill(pid, signal);
    assert.is((await second).signal, signal);
    await until(() => !isQueued(), 'its ticket is gone');
    process.kill(first.pid, 'SIGTERM');
    await first.result;
    await assertAtRest(t);
  });
}

test('says on a terminal what it waits for', async (t) => {
  t.needs('script');
  configure(t);
  t.write('config/sources/local/source.conf', '[DEFAULT]\ntype=local\nmaximum=1\n');
  const line = 'crcache with local --wait=0.1s -- true';
  const {stdout} = await t.crcache(['with', 'local', '--', 'script', '-qec', line, '/dev/null']);
  assert.match(stdout, /waiting: cannot have 1 instance of 'local': its maximum is 1/);
  assert.match(stdout, /local-0 is held by /);
});

test('its streams are those of the command', async (t) => {
  configure(t);
  const {stdout, stderr} = await t.crcache(['with', 'local', '--', 'sh', '-c', 'cat; echo e >&2'], {
    input: 'a\0b\r\n',
  });
  assert.equal([stdout, stderr], ['a\0b\r\n', 'e\n']);
});

test("its umask and its environment are the caller's, byte for byte", async (t) => {
  configure(t);
  const command = `sh -c 'umask; printf %s "$WORD"'`;
  const line = `umask 027; export WORD="$(printf 'a\\377b')"; crcache with local -- ${command} | od -An -c`;
  const {stdout} = await t.run('sh', ['-c', line]);
  assert.is(stdout.replaceAll(/\s+/g, ' '), ' 0 0 2 7 \\n a 377 b ');
});

for (const words of [['local'], ['local', '-n', '2']]) {
  test(`with ${words.join(' ')}: each byte of an argument arrives`, async (t) => {
    configure(t);
    const bytes = Array.from(
      {length: 255},
      (_, index) => `\\${(index + 1).toString(8).padStart(3, '0')}`,
    );
    const line = `all=$(printf '${bytes.join('')}x'); exec crcache with ${words.join(' ')} -- printf '<%s>' "$all" '' "$all'"`;
    const {stdout, stderr} = await t.run('sh', ['-c', `${line} | od -An -v -tx1`]);
    const all = bytes.map((_, index) => (index + 1).toString(16).padStart(2, '0')).join('');
    const hex = `3c${all}783e` + '3c3e' + `3c${all}78273e`;
    assert.equal([stdout.replaceAll(/\s/g, ''), stderr], [hex, '']);
  });
}

const failures: Readonly<Record<string, readonly [words: string[], message: RegExp]>> = {
  'a source that does not exist': [['nope', '--', 'true'], /^crcache: no source 'nope'\n/],
  'more than there can be': [['sim', '-n', '4', '--', 'true'], /^crcache: cannot ever have 4/],
  'a count that is none': [['sim', '-n', 'x', '--', 'true'], /^crcache: option '--count' wants/],
  'no command': [['sim'], /^crcache: COMMAND is missing/],
};

for (const [what, [words, message]] of Object.entries(failures)) {
  test(`gives 125 and runs nothing for ${what}`, async (t) => {
    configure(t);
    const {status, stdout, stderr} = await t.crcache(['with', ...words]);
    assert.equal([status, stdout], [125, '']);
    assert.match(stderr, message);
    assert.equal(unrest(t), []);
  });
}

test('gives 127 for a command that is not there, and 126 for one that cannot be executed', async (t) => {
  configure(t);
  const file = t.write('file', '', 0o600);
  for (const where of [[], ['--here']]) {
    const none = await t.crcache(['with', 'local', ...where, '--', 'nonesuch']);
    assert.equal([none.status, none.stderr], [127, "crcache: command not found: 'nonesuch'\n"]);
    const plain = await t.crcache(['with', 'local', ...where, '--', file]);
    assert.equal([plain.status, plain.stderr], [126, `crcache: cannot execute '${file}'\n`]);
  }
  await assertAtRest(t);
});

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8');
  return text.trim().split(' ').map(Number);
}
