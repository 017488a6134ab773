// What a state directory must survive, from end to end: each time a clear message, the right status, nothing lost.

import {spawn} from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import * as assert from 'uvu/assert';
import {readHere, startTimeOf} from '../lib/processes.js';
import {formatWorker} from '../lib/store/worker.js';
import {runCaptured, type Captured} from './helpers/captured.js';
import {
  assertClear,
  assertMended,
  assertNoneLost,
  configure,
  inState,
  succeed,
} from './helpers/damaged.js';
import {until} from './helpers/held.js';
import type {Sandbox} from './helpers/sandbox.js';
import {suite} from './helpers/suite.js';

const test = suite('damage');

async function mount(t: Sandbox, ...words: string[]): Promise<void> {
  t.needs('mount', 'umount');
  const target = words.at(-1) ?? '';
  mkdirSync(target, {recursive: true});
  const {status} = await t.run('mount', words);
  if (status !== 0) t.skip('may not mount');
  t.atEnd(() => t.run('umount', ['-l', target]));
}

test('is silent beside commands that work', {timeLimitMs: 120_000}, async (t) => {
  configure(t);
  const loop =
    'for i in 1 2 3 4 5 6 7 8; do name=$(crcache acquire -q --wait -s "$0") && crcache release "$name" || exit; done';
  const workers = ['s', 'p', 's', 'p'].map((source) => t.run('sh', ['-c', loop, source]));
  const progress = {isOver: false};
  const all = Promise.all(workers).finally(() => (progress.isOver = true));
  let count = 0;
  do {
    const {status, stdout, stderr} = await t.crcache(['fsck']);
    assert.equal([status, stdout, stderr], [0, '', '']);
    count++;
  } while (!progress.isOver);
  for (const {status, stderr} of await all) assert.is(status, 0, stderr);
  assert.ok(count > 3);
  await assertMended(t);
  await assertNoneLost(t);
});

for (const [how, text] of [
  ['missing', undefined],
  ['empty', ''],
  ['a word', 'rubbish\n'],
] as const) {
  test(`gc ends nothing that is in use because its incarnation is ${how}`, async (t) => {
    configure(t);
    assert.is(await succeed(t, 'acquire'), 's-0\n');
    assert.is(await succeed(t, 'acquire', '-s', 'p'), 'p-0\n');
    await succeed(t, 'gc');
    for (const instance of ['sources/s/instances/s-0', 'sources/p/instances/p-0']) {
      const file = inState(t, `${instance}/incarnation`);
      unlinkSync(file);
      if (text !== undefined) writeFileSync(file, text);
    }
    for (let round = 0; round < 2; round++) await succeed(t, 'gc');
    await assertNoneLost(t);
    for (const name of ['s-0', 'p-0']) {
      assert.is(await succeed(t, 'run', name, 'echo', 'is there'), 'is there\n');
      assert.is((await succeed(t, 'show-instance', name, 'state')).trim(), 'in-use');
    }
    const {status, stdout} = await t.crcache(['fsck']);
    assert.is(status, 14);
    assert.match(stdout, /s-0\/incarnation/);
  });
}

test('fsck makes nothing where there is no state directory', async (t) => {
  assert.is(await succeed(t, 'fsck'), '');
  assert.is(await succeed(t, 'fsck', '--repair'), '');
  assert.not(existsSync(inState(t, '')));
  for (const name of ['', '.', '..', '../sources']) {
    const result = await t.crcache(['fsck', '-s', name]);
    assert.is(result.status, 10);
    assertClear(result, /no source '/);
  }
});

test('fsck finds nothing wrong with an empty directory that is to become one of state', async (t) => {
  mkdirSync(inState(t, ''), {mode: 0o700});
  assert.is(await succeed(t, 'fsck'), '');
  assert.equal(readdirSync(inState(t, '')), []);
});

test('fsck says what to do, mends it, and prints JSON', async (t) => {
  configure(t);
  await succeed(t, 'acquire');
  const path = inState(t, 'sources/s/cached/rubbish');
  writeFileSync(path, '', {mode: 0o600});
  const {status, stdout} = await t.crcache(['fsck']);
  assert.is(status, 14);
  assert.match(stdout, new RegExp(`^${path}: not a name .*\n  mend: --repair moves .*\n$`));
  const {findings} = JSON.parse((await t.crcache(['fsck', '--json'])).stdout) as {
    findings: object[];
  };
  assert.is(findings.length, 1);
  assert.equal(
    {...findings[0], what: '', mend: ''},
    {path, what: '', mend: '', repairable: true, note: false},
  );
  assert.match(await succeed(t, 'fsck', '--repair'), /^mended: .*rubbish: not a name .*\n$/);
  assert.is(await succeed(t, 'fsck'), '');
  assert.equal(JSON.parse(await succeed(t, 'fsck', '--json')), {repaired: [], findings: []});
  assert.is((await t.crcache(['fsck', '-s', 'none'])).status, 10);
});

/** Has the state kept on a disk that is soon full; where that is. */
async function keepOnSmallDisk(t: Sandbox): Promise<string> {
  const disk = `${t.dir}/disk`;
  await mount(t, '-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk);
  t.env['CRCACHE_DIR'] = `${disk}/state`;
  return disk;
}

test('a full disk', {timeLimitMs: 120_000}, async (t) => {
  configure(t);
  const disk = await keepOnSmallDisk(t);
  await succeed(t, 'acquire', '2');
  const words = [
    ['acquire'],
    ['acquire', '-s', 'p'],
    ['release', 's-0'],
    ['release', '--all'],
    ['gc'],
  ];
  let failures = 0;
  for (let round = 0; round < 20; round++) {
    const free = t.random.below(12);
    await t.run(
      'sh',
      ['-c', 'cat /dev/zero >fill; truncate -s -$(($0 * 4096)) fill', String(free)],
      {cwd: disk},
    );
    for (let count = 0; count < 2; count++) {
      const each = words[t.random.below(words.length)] ?? [];
      const result = await t.crcache(['-q', ...each]);
      assert.ok([0, 1, 12].includes(result.status ?? -1), `${each.join(' ')}: ${result.stderr}`);
      if (result.status !== 1 || result.stderr.includes("is held by 'p-")) continue;
      failures++;
      // Whatever fails keeps gc from nothing else, which may fail as well.
      if (each[0] === 'gc')
        assert.match(result.stderr, /^(crcache: .+: no space left on device\n)+$/);
      else assertClear(result, /'\/.+'.*: no space left on device/);
    }
    unlinkSync(`${disk}/fill`);
    if (t.random.below(3) === 0) {
      await assertMended(t);
      await assertNoneLost(t);
    }
  }
  assert.ok(failures > 0);
  await succeed(t, 'release', '--all');
  await assertMended(t);
  await assertNoneLost(t);
});

test('gc on a full disk discards what makes room, whatever it cannot begin with', async (t) => {
  configure(t, {reserve: 0});
  const disk = await keepOnSmallDisk(t);
  await succeed(t, 'provision-instance', '2');
  const keys = `type=sim\nmax-age=1ms\nbackend=${t.dir}/backend`;
  for (const name of ['a', 's'])
    t.write(`config/sources/${name}/source.conf`, `[DEFAULT]\n${keys}\n`);
  await t.run('sh', ['-c', 'cat /dev/zero >fill'], {cwd: disk});
  const {status, stdout, stderr} = await t.crcache(['gc']);
  assert.is(status, 1, stderr);
  assert.match(stderr, /source 'a': cannot use '.*': no space left on device\n/);
  assert.match(stdout, /^discard 's-1': .*\ndiscard 's-0': .*\n$/);
  unlinkSync(`${disk}/fill`);
  await assertMended(t);
});

test('what is released on a full disk makes room', async (t) => {
  configure(t, {reserve: 2});
  const disk = await keepOnSmallDisk(t);
  await succeed(t, 'acquire', '2');
  const released = await succeed(t, 'show-instance', 's-1', 'incarnation');
  await t.run('sh', ['-c', 'cat /dev/zero >fill'], {cwd: disk});
  await succeed(t, 'release', 's-1');
  // Where that has made room, another of the same name may be made in the background.
  const left = await succeed(t, 'list-instances', '-s', 's', '--format=%(incarnation)');
  assert.not.ok(left.includes(released.trim()), left);
  assert.match(await succeed(t, 'list-instances', '-s', 's'), /^s-0\n/);
  unlinkSync(`${disk}/fill`);
  await assertMended(t);
});

test('a read-only state directory', async (t) => {
  configure(t);
  const name = (await succeed(t, 'acquire')).trim();
  const state = inState(t, '');
  await mount(t, '--bind', state, state);
  await t.run('mount', ['-o', 'remount,bind,ro', state]);
  assert.is(await succeed(t, 'fsck'), '');
  for (const words of [['acquire'], ['release', name]]) {
    const result = await t.crcache(words);
    assert.is(result.status, 1);
    assertClear(result, /read-only file system/);
  }
  await t.run('mount', ['-o', 'remount,bind,rw', state]);
  await succeed(t, 'release', name);
  await assertMended(t);
});

test('a clock that was set back by a day', async (t) => {
  configure(t);
  const name = (await succeed(t, 'acquire', '--ttl', '1h')).trim();
  const tomorrow = Date.now() / 1000 + 86_400;
  mkdirSync(inState(t, 'sources/s/lock'));
  const all = await t.run('find', [inState(t, ''), '-type', 'f']);
  for (const file of all.stdout.trim().split('\n')) utimesSync(file, tomorrow, tomorrow);
  utimesSync(inState(t, 'sources/s/lock'), tomorrow, tomorrow);
  assert.match((await t.crcache(['fsck'])).stdout, /lock: from the future/);
  const start = performance.now();
  await succeed(t, 'acquire');
  assert.ok(performance.now() - start < 5_000);
  await succeed(t, 'release', name);
  await assertMended(t);
});

for (const [what, directory, lines] of [
  ['a file', '/etc/passwd', ['acquire', 'status', 'gc', 'fsck', 'log']],
  ['where nothing can be made', '/proc/xx', ['acquire']],
] as const) {
  test(`a state directory that is ${what}`, async (t) => {
    configure(t);
    t.env['CRCACHE_DIR'] = directory;
    for (const line of lines) {
      const result = await t.crcache([line]);
      assert.ok(result.status !== 0);
      assertClear(result, new RegExp(`'${directory}'`));
    }
  });
}

test('a copied state directory', async (t) => {
  configure(t);
  await succeed(t, 'acquire', '2');
  const original = inState(t, '').slice(0, -1);
  cpSync(original, `${original}.copy`, {
    recursive: true,
    verbatimSymlinks: true,
    preserveTimestamps: true,
  });
  t.env['CRCACHE_DIR'] = `${original}.copy`;
  for (const line of ['acquire', 'release s-0', 'gc', 'status', 'list-instances']) {
    const result = await t.crcache(line.split(' '));
    assert.is(result.status, 14);
    assertClear(result, /was moved here, or is a copy: its instances belong to the original/);
  }
  const {status, stdout} = await t.crcache(['fsck']);
  assert.is(status, 14);
  assert.match(
    stdout,
    /a copy\n  mend: .* if it is a copy: --repair moves 'sources' to lost-found/,
  );
  // Of one that was moved, nothing is lost.
  const moved = `${original}.moved`;
  cpSync(`${original}.copy`, moved, {recursive: true, verbatimSymlinks: true});
  t.env['CRCACHE_DIR'] = moved;
  await succeed(t, 'fsck', '--moved');
  assert.is(await succeed(t, 'list-instances'), 's-0\ns-1\n');
  assert.is(await succeed(t, 'run', 's-0', 'echo', 'here'), 'here\n');
  assert.not.match(readFileSync(`${moved}/sources/s/instances/s-0/run`, 'utf8'), `${original}/`);
  assert.match((await t.crcache(['fsck', '--moved'])).stderr, /moved' is where it was made\n$/);
  renameSync(moved, `${original}.again`);
  t.env['CRCACHE_DIR'] = `${original}.again`;
  assert.is(await succeed(t, 'fsck', '--moved'), '');
  assert.is(await succeed(t, 'run', 's-0', 'echo', 'here'), 'here\n');
  assert.match((await t.crcache(['fsck', '--moved'])).stderr, /again' is where it was made\n$/);
  t.env['CRCACHE_DIR'] = `${original}.copy`;
  assert.match(await succeed(t, 'fsck', '--repair'), /^mended: .* a copy\n$/);
  assert.is(await succeed(t, 'acquire'), 's-0\n');
  await assertMended(t);
  t.env['CRCACHE_DIR'] = original;
  await succeed(t, 'release', 's-0', 's-1');
  await assertMended(t);
});

test('two records of one instance', async (t) => {
  configure(t);
  await succeed(t, 'acquire');
  symlinkSync('../instances/s-0', inState(t, 'sources/s/cached/s-0'));
  const acquired = await t.crcache(['acquire']);
  assert.is(acquired.status, 14, acquired.stdout);
  assert.match(acquired.stderr, /'s-0' is recorded twice.*\nhint: crcache fsck/);
  await t.crcache(['fsck', '--repair']);
  assert.is(await succeed(t, 'fsck'), '');
  await succeed(t, 'release', '--all');
  await assertMended(t);
  await assertNoneLost(t);
});

test('of two records of one instance neither is touched by who comes upon them', async (t) => {
  configure(t, {reserve: 2});
  await succeed(t, 'acquire', '2');
  await succeed(t, 'release', 's-1');
  const code = `echo precious >f; echo >${t.dir}/begun; exec sleep 60`;
  const command = t.crcache(['run', 's-0', 'sh', '-c', code]);
  let hasEnded = false;
  void command.then(() => (hasEnded = true));
  await until(() => existsSync(`${t.dir}/begun`), 'the command runs');
  symlinkSync('../instances/s-0', inState(t, 'sources/s/cached/s-0'));
  for (const line of ['acquire 2', 'acquire', 'release s-0', 'discard-instance --force s-0']) {
    const {status, stdout, stderr} = await t.crcache(line.split(' '));
    assert.is(status, 14, line + stdout);
    assert.match(stderr, /'s-0' is recorded twice.*\nhint: crcache fsck/);
  }
  await t.crcache(['gc']);
  assert.equal(readdirSync(inState(t, 'sources/s/cached')), ['s-0', 's-1']);
  unlinkSync(inState(t, 'sources/s/cached/s-0'));
  assert.is(await succeed(t, 'run', 's-0', 'cat', 'f'), 'precious\n');
  assert.not(hasEnded);
  await succeed(t, 'release', 's-0');
  await command;
  await assertMended(t);
  await assertNoneLost(t);
});

const here = readHere();

for (const state of ['allocating', 'releasing', 'discarding']) {
  test(`an instance in use that a process which is gone has as well, ${state}`, async (t) => {
    configure(t);
    await succeed(t, 'acquire');
    await succeed(t, 'run', 's-0', 'sh', '-c', 'echo precious >f');
    const self = {...here, pid: 2 ** 22, start: '1'};
    const link = `${state}/s-0@${formatWorker({...self, nonce: 'abc'})}`;
    symlinkSync('../instances/s-0', inState(t, `sources/s/${link}`));
    const {status, stderr} = await t.crcache(['gc']);
    assert.is(status, 1);
    assert.match(stderr, /'s-0' is recorded twice.*\nhint: crcache fsck\n/);
    assert.is(await succeed(t, 'run', 's-0', 'cat', 'f'), 'precious\n');
    await t.crcache(['fsck', '--repair']);
    assert.is(await succeed(t, 'run', 's-0', 'cat', 'f'), 'precious\n');
    await succeed(t, 'release', 's-0');
    await assertMended(t);
    await assertNoneLost(t);
  });
}

for (const [whose, of, where] of [
  ['another host', {...here, host: 'elsewhere'}, 'elsewhere'],
  ['another pid namespace', {...here, pidNamespace: '123'}, `${here.host} in pid namespace 123`],
] as const) {
  test(`${whose}’s records, which --force-host gives up`, async (t) => {
    configure(t, {maximum: 2});
    const name = (await succeed(t, 'acquire')).trim();
    unlinkSync(inState(t, `sources/s/in-use/${name}`));
    // Its tool's pid is that of a process of ours, which is none of its business.
    const self = {...of, pid: process.pid, start: startTimeOf(process.pid) ?? ''};
    const worker = formatWorker({...self, nonce: 'abc'});
    const link = inState(t, `sources/s/allocating/${name}@${worker}`);
    symlinkSync(`../instances/${name}`, link);
    const stranger = spawn('sleep', ['60'], {detached: true});
    t.atEnd(() => stranger.kill('SIGKILL'));
    const pid = String(stranger.pid);
    const notes = inState(t, `sources/s/instances/${name}/workers/abc`);
    mkdirSync(notes, {recursive: true});
    writeFileSync(`${notes}/${pid}`, readFileSync(`/proc/${pid}/stat`));
    const ticket = inState(t, `sources/s/queue/000000001.waits@${worker}`);
    writeFileSync(ticket, `abc\n${name}\n`, {mode: 0o600});
    const refused = await t.crcache(['acquire']);
    assert.is(refused.status, 12, refused.stderr);
    await succeed(t, 'gc');
    assert.ok(existsSync(link) && existsSync(ticket));
    assert.is(await succeed(t, 'fsck'), '');
    const told = `process ${String(process.pid)} on ${where}`;
    const way = `crcache gc --force-host ${of.host}`;
    for (const line of ['fsck -v', `explain ${name}`, 'explain s']) {
      const said = await succeed(t, ...line.split(' '));
      assert.ok(said.includes(told) && said.includes(way), said);
    }
    const vain = await t.crcache(['gc', '--force-host', 'nobody']);
    assert.is(vain.status, 0);
    assert.match(vain.stderr, "nothing is held by a process of host 'nobody'");
    assert.ok(existsSync(link) && existsSync(ticket));
    await succeed(t, 'gc', '--force-host', of.host);
    assert.is(stranger.exitCode ?? stranger.signalCode, null);
    assert.not.match(await succeed(t, 'fsck', '-v'), /judged/);
    await succeed(t, 'acquire', '2');
    await succeed(t, 'release', '--all');
    await assertNoneLost(t);
  });
}

test('a state directory that cannot be one', async (t) => {
  symlinkSync(`${t.dir}/nowhere`, `${t.dir}/link`);
  for (const [path, culprit] of [
    [t.write('file', ''), 'file'],
    [`${t.dir}/file/below`, 'file'],
    [`${t.dir}/link`, 'link'],
  ] as const) {
    t.env['CRCACHE_DIR'] = path;
    for (const line of ['status', 'acquire', 'release --all', 'gc', 'fsck', 'list-instances']) {
      const {status, stdout, stderr} = await t.crcache(line.split(' '));
      assert.equal([line, status, stdout], [line, 2, '']);
      assert.match(stderr, `crcache: state directory '${path}' `);
      assert.match(
        stderr,
        `'${t.dir}/${culprit}' is not a directory\nhint: set CRCACHE_DIR to one`,
      );
    }
  }
});

test("a state directory that is another user's", async (t) => {
  if (process.getuid?.() !== 0) t.skip('needs root');
  configure(t);
  await succeed(t, 'acquire');
  chmodSync(t.dir, 0o755);
  const env = {...t.env, CRCACHE_CONFIG: `${t.dir}/none`};
  const asNobody = (line: string, {CRCACHE_DIR = `${t.dir}/state`} = {}): Promise<Captured> => {
    process.seteuid?.(65_534);
    return runCaptured(line.split(' '), {env: {...env, CRCACHE_DIR}}).finally(() => {
      process.seteuid?.(0);
    });
  };
  for (const line of ['status', 'acquire', 'release --all', 'list-instances']) {
    const {status, stderr} = await asNobody(line);
    const why = `crcache: state directory '${t.dir}/state' cannot be read: permission denied\n`;
    assert.equal(
      [status, stderr],
      [2, `${why}hint: set HOME, or CRCACHE_DIR to one of your own\n`],
    );
  }
  const {stdout} = await asNobody('doctor', {CRCACHE_DIR: `${t.dir}/state/below`});
  assert.match(stdout, /^bad +state directory: .*below' cannot be read: permission denied$/m);
});

test("root uses no other user's state directory, and changes nothing in it", async (t) => {
  if (process.getuid?.() !== 0) t.skip('needs root');
  configure(t);
  t.write('config/sources/s/release.d/tell', '#!/bin/sh\n: >"$CRCACHE_DIR/../told"\n', 0o755);
  await succeed(t, 'acquire');
  const owned = await t.run('chown', ['-R', '12345:12345', inState(t, '')]);
  assert.is(owned.status, 0, owned.stderr);
  const commands = 'status|acquire|release s-0|gc|list-instances|fsck --repair|run s-0 true';
  for (const line of commands.split('|')) {
    const {status, stderr} = await t.crcache(line.split(' '));
    assert.is(status, line.startsWith('run') ? 125 : 2, `${line}: ${stderr}`);
    const why = `crcache: state directory '${t.dir}/state' belongs to another user, uid 12345`;
    assert.match(stderr, `${why}, and is not used\nhint: run crcache as that user`);
  }
  const {stdout} = await t.run('find', [inState(t, ''), '!', '-user', '12345']);
  assert.equal([stdout, existsSync(`${t.dir}/told`)], ['', false]);
  assert.match(
    (await t.crcache(['doctor'])).stdout,
    /bad +state directory: .* belongs to user 12345/,
  );
  await t.run('chown', ['-R', '0:0', inState(t, '')]);
  await succeed(t, 'release', 's-0');
});

test('a state directory without its id', async (t) => {
  configure(t);
  await succeed(t, 'acquire');
  unlinkSync(inState(t, 'id'));
  for (const line of ['acquire', 'status', 'status -t', 'list-instances --json']) {
    const result = await t.crcache(line.split(' '));
    assert.is(result.status, 14, line);
    assertClear(result, /has no id of its own\nhint: crcache fsck/);
  }
});

test('an instance without its run script, which is given to nobody', async (t) => {
  configure(t);
  await succeed(t, 'acquire');
  unlinkSync(inState(t, 'sources/s/instances/s-0/run'));
  await succeed(t, 'release', 's-0');
  assert.is(await succeed(t, 'acquire'), 's-0\n');
  assert.is(await succeed(t, 'run', 's-0', 'echo', 'well'), 'well\n');
  assert.match(
    await succeed(t, 'log', 's-0'),
    /allocating -> discarding: its run script is missing/,
  );
});

for (const [what, plant] of [
  [
    'rubbish',
    (path: string) => {
      writeFileSync(path, 'rubbish\n', {mode: 0o600});
    },
  ],
  [
    'a directory',
    (path: string) => {
      mkdirSync(path, {mode: 0o700});
    },
  ],
] as const) {
  for (const file of ['imports', 'lease', 'backing']) {
    test(`${what} for '${file}' is damage, stops no listing, and is mended`, async (t) => {
      configure(t);
      const name = (await succeed(t, 'acquire', '-s', 'p')).trim();
      const path = inState(t, `sources/p/instances/${name}/${file}`);
      rmSync(path, {force: true});
      plant(path);

      const listed = await t.crcache(['list-instances', '--json']);
      assert.is(listed.status, 0, listed.stderr);
      assert.match(listed.stdout, '"name": "p-0"');
      if (file !== 'backing') {
        assert.match(listed.stderr, path);
        const refused = await t.crcache(['release', name]);
        assert.is(refused.status, 14, refused.stderr);
        assert.match(refused.stderr, `cannot read '${path}'`);
        assert.match(refused.stderr, 'hint: crcache fsck\n');
      }
      const found = await t.crcache(['fsck']);
      assert.is(found.status, 14);
      assert.match(found.stdout, `${path}: `);
      await succeed(t, 'fsck', '--repair');
      await succeed(t, 'fsck', '--repair');
      await t.crcache(['release', name]);
      await t.crcache(['discard-instance', '--force', name]);
      await assertMended(t);
      await assertNoneLost(t);
    });
  }
}

test('what a dead process left, and cannot be finished, is not told as mended', async (t) => {
  configure(t);
  mkdirSync(`${t.dir}/tree`);
  await succeed(t, 'acquire', '-q', '-s', 's', '--import', `${t.dir}/tree:x:rw:copy`);
  const instance = inState(t, 'sources/s/instances/s-0');
  const base = `${instance}/${readdirSync(instance).find((each) => each.endsWith('.base')) ?? ''}`;
  rmSync(base);
  mkdirSync(base, {mode: 0o700});
  for (const state of ['broken', 'discarding']) {
    assert.is((await t.crcache(['discard-instance', '--force', 's-0'])).status, 1);
    assert.is(readdirSync(inState(t, `sources/s/${state}`)).length, 1);
  }
  const {status, stdout, stderr} = await t.crcache(['fsck', '--repair']);
  assert.equal([status, stdout], [14, '']);
  assert.match(stderr, `take over discarding/s-0@`);
  rmSync(base, {recursive: true});
  await assertMended(t);
});

test('a state directory where no program may be run', async (t) => {
  const disk = `${t.dir}/disk`;
  await mount(t, '-t', 'tmpfs', '-o', 'noexec', 'tmpfs', disk);
  t.env['CRCACHE_DIR'] = `${disk}/state`;
  configure(t);
  for (const word of ['once', 'again']) {
    assert.is(await succeed(t, 'acquire'), 's-0\n');
    assert.is(await succeed(t, 'run', 's-0', 'echo', word), `${word}\n`);
    await succeed(t, 'release', 's-0');
  }
  assert.is(await succeed(t, 'list-instances', '--format=%(name) %(state)'), 's-0 cached\n');
  assert.not.match(await succeed(t, 'log', 's-0'), /discarding/);
});

test('a newer format', async (t) => {
  configure(t);
  await succeed(t, 'acquire');
  writeFileSync(inState(t, 'format'), '2\n');
  for (const words of [['acquire'], ['release', 's-0'], ['gc'], ['fsck', '--repair']]) {
    const {status, stdout, stderr} = await t.crcache(words);
    assert.is(status, 14);
    assert.match(stdout + stderr, /'2', and this crcache knows (format )?'1'/);
  }
  writeFileSync(inState(t, 'format'), '1\n');
  await succeed(t, 'release', 's-0');
  await assertMended(t);
});

test('something mounted below the trash', async (t) => {
  configure(t);
  await succeed(t, 'acquire');
  const trash = inState(t, 'sources/s/trash/s-9@gone,1,2,3,4,abc');
  await mount(t, '-t', 'tmpfs', 'tmpfs', `${trash}/mnt`);
  writeFileSync(`${trash}/mnt/precious`, '');
  const {status, stdout} = await t.crcache(['fsck']);
  assert.is(status, 14);
  assert.match(stdout, /trash\/.*mnt: mounted below the trash/);
  await t.crcache(['gc']);
  assert.ok(existsSync(`${trash}/mnt/precious`));
});

test('a worker that was killed', async (t) => {
  configure(t);
  const env = {...t.env, CRCACHE_STOP_AT: 'kill:allocate:leased'};
  const {signal} = await t.crcache(['acquire'], {env});
  assert.is(signal, 'SIGKILL');
  const {status, stdout} = await t.crcache(['fsck']);
  assert.is(status, 14);
  assert.match(stdout, /is gone\n  mend: crcache gc\n/);
  assert.match(await succeed(t, 'fsck', '--repair'), /^(mended: .* is gone\n)+$/);
  await assertMended(t);
  await assertNoneLost(t);
});
