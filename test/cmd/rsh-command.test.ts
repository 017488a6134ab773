// rsh: the command line in the instance, and what comes of it.

import * as assert from 'uvu/assert';
import {mkdirSync, readFileSync} from 'node:fs';
import {useInstances, usedInstances} from '../helpers/in-use.js';
import type {Result} from '../helpers/programs.js';
import type {Sandbox} from '../helpers/sandbox.js';
import {suite} from '../helpers/suite.js';

const test = suite('rsh');

/** Runs a line of sh with the instance's name as $1; the value is what it prints. */
async function sh(t: Sandbox, name: string, line: string): Promise<string> {
  const {status, stdout, stderr} = await t.run('sh', ['-c', line, 'sh', name]);
  assert.equal([status, stderr], [0, ''], line);
  return stdout;
}

for (const name of usedInstances) {
  test(`hands on each status and signal of ${name}`, {timeLimitMs: 90_000}, async (t) => {
    await useInstances(t);
    const line =
      'i=0; while [ $i -le 255 ]; do crcache rsh "$1" exit $i; [ $? = $i ] || echo $i; i=$((i + 1)); done';
    assert.is(await sh(t, name, line), '');
    for (const [signal, number] of [['KILL', 9] as const, ['TERM', 15] as const]) {
      const status = `crcache rsh "$1" 'kill -${signal} $$' 2>/dev/null; echo $?`;
      // A shell that may say that a process was killed has its stderr closed.
      assert.is(await sh(t, name, `{ ${status}; } 2>/dev/null`), `${String(128 + number)}\n`);
    }
  });

  test(`adds nothing to what ${name} prints`, async (t) => {
    await useInstances(t);
    const nothing = await t.crcache(['rsh', name, 'true']);
    assert.equal([nothing.status, nothing.stdout, nothing.stderr], [0, '', '']);
    const both = await t.crcache(['rsh', name, 'echo out;', 'echo err >&2']);
    assert.equal([both.stdout, both.stderr], ['out\n', 'err\n']);
  });

  test(`brings each byte to ${name} and back`, async (t) => {
    await useInstances(t);
    const line =
      'head -c 3000000 /dev/urandom >bytes; crcache rsh "$1" cat <bytes | cmp - bytes; ' +
      'crcache rsh "$1" "printf %s \'$(printf "caf\\351\\377 \\001")\'" | od -An -tx1';
    assert.is(await sh(t, name, line), ' 63 61 66 e9 ff 20 01\n');
  });

  test(`hands the variables that are sent to ${name}, and none of its own`, async (t) => {
    await useInstances(t);
    const options = ['-oSetEnv=ONE="a  b"', '-o', 'SendEnv TWO'];
    const words = [
      ...options,
      name,
      'echo "$ONE $TWO"; env | grep ^CRCACHE_RUN_ | grep -v ^CRCACHE_RUN_ID=',
    ];
    const {stdout} = await t.crcache(['rsh', ...words], {env: {...t.env, TWO: '$x'}});
    assert.is(stdout, 'a  b $x\n');
  });

  test(`runs in the home of ${name}, as a login shell where no command is given`, async (t) => {
    await useInstances(t);
    mkdirSync(`${t.dir}/elsewhere`);
    const cwd = `${t.dir}/elsewhere`;
    const {stdout} = await t.crcache(['rsh', name, 'pwd; echo "$HOME"'], {cwd});
    const [pwd, home] = stdout.split('\n');
    assert.is(pwd, home);
    t.write('home/.profile', 'echo profile\n');
    if (name !== 'local-0') await sh(t, name, `crcache rsh "$1" 'cat >.profile' <home/.profile`);
    const env = {...t.env, SHELL: '/bin/sh'};
    const shell = await t.crcache(['rsh', name], {cwd, env, input: 'pwd; exit 3\n'});
    assert.equal([shell.status, shell.stdout], [3, `profile\n${home ?? ''}\n`]);
  });

  test(`leaves nothing running in ${name} when its client is killed`, async (t) => {
    await useInstances(t);
    // What it reads does not come to an end: it has a writer, which is the reader itself.
    await t.run('mkfifo', ['endless']);
    const client = ['-c', 'exec crcache rsh "$@" <>endless', 'sh', name];
    // What holds stdout keeps these from ending.
    for (const line of ['echo; exec sleep 1000', 'echo; cat; exec sleep 0']) {
      for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
        const {signal: end} = await t.run('sh', [...client, line], {
          onStart: (child) => {
            child.stdout?.once('data', () => child.kill(signal));
          },
        });
        assert.is(end, signal);
      }
    }
  });
}

test('ends with its command where INT is sent to it, also at a terminal', async (t) => {
  t.needs('script');
  await useInstances(t);
  await t.run('mkfifo', ['up']);
  t.write('at-terminal', `crcache rsh sim-0 'echo $PPID >${t.dir}/up; exec sleep 1000'; echo $?`);
  const client = t.run('script', ['-qec', 'sh at-terminal', '/dev/null']);
  const {stdout: pid} = await t.run('cat', ['up']);
  process.kill(Number(pid), 'SIGINT');
  assert.is((await client).stdout.trim(), '130');
});

test('runs as another user, in the home of that one', async (t) => {
  if (process.getuid?.() !== 0) t.skip('needs root');
  await useInstances(t);
  for (const words of [
    ['-l', 'daemon', 'local-0'],
    ['daemon@local-0'],
    ['-oUser=daemon', 'local-0'],
  ]) {
    const line = 'id -un; id -gn; echo "$HOME $USER $LOGNAME"; pwd';
    const {stdout} = await t.crcache(['rsh', ...words, line]);
    assert.is(stdout, 'daemon\ndaemon\n/usr/sbin daemon daemon\n/usr/sbin\n');
  }
  const none = await t.crcache(['rsh', 'nobody-here@local-0', 'true']);
  assert.equal([none.status, none.stdout], [255, '']);
  assert.match(none.stderr, /nobody-here/);
});

test('takes the name of an instance in any form', async (t) => {
  await useInstances(t);
  for (const word of ['pool-0', 'pool', 'pool0', 'u@pool', 'ssh://pool0:22']) {
    const user = word.startsWith('u@') ? process.env['USER'] : undefined;
    const given = word.replace('u@', `${user ?? 'root'}@`);
    const {stdout, stderr} = await t.crcache(['rsh', given, 'echo "$CRCACHE_INSTANCE"']);
    assert.is(stdout, 'pool-0\n', `${word}: ${stderr}`);
  }
});

test('is 255 and says why where it fails itself', async (t) => {
  await useInstances(t);
  const env = {...t.env, CRCACHE_LEASE: 'another'};
  const failures = [
    [{}, 'sim-7', /sim-7/],
    [{}, 'nosuch-0', /nosuch/],
    [{}, 'nosuch', /nosuch/],
    [{}, '../x', /\.\.\/x/],
    [{}, 'sim', /several/],
    [{env}, 'sim-0', /sim-0/],
  ] as const;
  for (const [options, name, message] of failures) {
    const {status, stdout, stderr} = await t.crcache(['rsh', name, 'true'], options);
    assert.equal([status, stdout], [255, ''], name);
    assert.match(stderr, message);
    const quiet = await t.crcache(['rsh', '-q', name, 'true'], options);
    assert.equal([quiet.status, quiet.stderr], [255, ''], name);
  }
  const said = await t.crcache(['rsh', '-q', 'local', 'echo said >&2']);
  assert.equal([said.status, said.stderr], [0, 'said\n']);
});

test('gives the command a terminal where it is asked for one', async (t) => {
  t.needs('script');
  await useInstances(t);
  const line = `crcache rsh -t sim-0 '[ -t 0 ] && echo "$CRCACHE_INSTANCE has one"'`;
  const {stdout} = await t.run('script', ['-qec', line, '/dev/null']);
  assert.is(stdout.trim(), 'sim-0 has one');
});

test('takes options of every command before its name, and none after', async (t) => {
  await useInstances(t);
  const {CRCACHE_DIR: state = '', ...env} = t.env;
  for (const words of [
    ['--state-dir', state],
    ['-q', `--state-dir=${state}`],
  ]) {
    const {status, stdout} = await t.crcache([...words, 'rsh', '-q', 'sim-0', 'echo -q; exit 7'], {
      env,
    });
    assert.equal([status, stdout], [7, '-q\n']);
  }
});

test('what a command line left running ends with the lease', async (t) => {
  await useInstances(t);
  const released: Promise<Result>[] = [];
  // What holds stdout keeps this from ending.
  const {status} = await t.crcache(['rsh', 'sim-0', 'sleep 1000 & echo'], {
    onStart: (child) => {
      child.stdout?.once('data', () => {
        child.once('exit', () => released.push(t.crcache(['release', 'sim-0'])));
      });
    },
  });
  assert.is(status, 0);
  const [release] = await Promise.all(released);
  assert.equal([release?.status, release?.stderr], [0, '']);
});

test('stays as the parent of the command, and starts no node', async (t) => {
  await useInstances(t);
  t.write('node', '#!/bin/sh\ntouch node-was-started\n', 0o755);
  const env = {...t.env, PATH: `${t.dir}:${t.env['PATH'] ?? ''}`};
  const line = 'echo $$; exec crcache rsh sim-0 "echo \\$PPID"';
  const {stdout} = await t.run('sh', ['-c', line], {env});
  const [before, after] = stdout.split('\n');
  assert.is(after, before);
  assert.throws(() => readFileSync(`${t.dir}/node-was-started`), /ENOENT/);
});
