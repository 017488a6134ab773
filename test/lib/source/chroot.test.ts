// The life of a chroot, by each method, for root and for an ordinary user; and what it keeps from this machine.

import * as assert from 'uvu/assert';
import {execFileSync} from 'node:child_process';
import {chmodSync, existsSync, mkdirSync, readdirSync, readFileSync} from 'node:fs';
import {fingerprint, makeGolden} from '../../helpers/golden.js';
import {findMarked} from '../../helpers/left-over.js';
import type {Result} from '../../helpers/programs.js';
import {repository, type Sandbox} from '../../helpers/sandbox.js';
import {suite} from '../../helpers/suite.js';

const test = suite('chroot');

interface Kind {
  readonly name: string;
  /** Lines of source.conf; GOLDEN stands for the golden tree. */
  readonly lines: readonly string[];
  /** Makes what is needed; the value is the directory with the golden tree. */
  readonly prepare?: (t: Sandbox) => string;
  readonly isForUser?: boolean;
  /** Whether the golden tree belongs to root all the same. */
  readonly isOfRoot?: boolean;
}

const kinds: readonly Kind[] = [
  {name: 'overlay', lines: ['root=GOLDEN', 'method=overlay']},
  {name: 'copy', lines: ['root=GOLDEN', 'method=copy']},
  {
    name: 'btrfs',
    lines: ['root=GOLDEN', 'method=btrfs', 'directory=GOLDEN.made'],
    prepare: onBtrfs,
  },
  {
    name: 'archive, and more namespaces',
    lines: ['root=GOLDEN.tar.gz', 'isolate=pid,ipc,uts,net'],
    prepare: inArchive,
  },
  {name: 'ordinary user', lines: ['root=GOLDEN'], isForUser: true},
  {
    name: 'ordinary user with a tree of root',
    lines: ['root=GOLDEN'],
    isForUser: true,
    isOfRoot: true,
  },
];

const ordinaryUid = 54321;

for (const kind of kinds) {
  test(`lives and dies, ${kind.name}`, {timeLimitMs: 120_000}, async (t) => {
    const {call, backend, golden} = prepare(t, kind);
    const before = fingerprint(golden);
    const name = (await ok(call('acquire', '-s', 'trees'))).trim();
    t.atEnd(() => call('release', '--all'));
    assert.is(hostMounts(t), '', 'the table of the machine stays clean');

    const first = await ok(call('run', name, 'env'));
    const known = ['CRCACHE_INCARNATION', 'CRCACHE_INSTANCE', 'CRCACHE_LEASE', 'HOME', 'LANG'];
    const usual = [...known, 'LOGNAME', 'PATH', 'SHELL', 'USER'];
    assert.equal(
      first
        .trim()
        .split('\n')
        .flatMap((line) => line.split('=').slice(0, 1))
        .sort(),
      usual,
    );

    const change = 'id -u; pwd; echo new >/file; rm /etc/group; ls /dev/null /proc/self/stat';
    const said = await ok(call('run', name, 'sh', '-c', change));
    assert.is(said, '0\n/root\n/dev/null\n/proc/self/stat\n');
    // It has cleared every mark of its own.
    await ok(call('run', name, 'sh', '-c', 'env -i setsid sleep 98765 >/dev/null 2>&1 &'));
    await ok(call('reset-instance', name));
    assert.equal(processesWith('98765'), []);
    const left = await call('run', name, 'ls', '/file', '/etc/group');
    assert.is(left.stdout, '/etc/group\n', left.stderr);

    const other = (await ok(call('acquire', '-s', 'trees'))).trim();
    await ok(call('run', name, 'sh', '-c', 'echo 1 >/tmp/mine'));
    assert.is((await call('run', other, 'ls', '/tmp/mine')).status, 1, 'each has its own tree');
    const incarnation = /CRCACHE_INCARNATION=(.+)/.exec(first)?.[1] ?? '';
    await ok(call('release', name, other));
    assert.equal(instancesOf(backend()), []);
    assert.equal(findMarked(`CRCACHE_HOLDER=${storeOf(t)}/${name}.${incarnation}`), []);
    assert.is(hostMounts(t), '');
    assert.is(fingerprint(golden), before, 'the golden tree is as it was');
  });
}

test('is found dead where its holder was killed, and the next one is given', async (t) => {
  const {call, backend} = prepare(t, {name: 'reserve', lines: ['root=GOLDEN', 'reserve=1']});
  await ok(call('acquire', '-s', 'trees'));
  await ok(call('run', 'trees-0', 'sh', '-c', 'echo >/old'));
  await ok(call('release', 'trees-0'));
  const [made = ''] = instancesOf(backend());
  const [holder] = readFileSync(`${backend()}/${made}/holder`, 'utf8').split(' ');
  process.kill(Number(holder), 'SIGKILL');
  const name = (await ok(call('acquire', '-s', 'trees'))).trim();
  await ok(call('run', name, 'true'));
  assert.ok(!instancesOf(backend()).includes(made), 'the dead one is gone');
  await ok(call('discard-instance', '--force', name));
  assert.equal(instancesOf(backend()), []);
});

test('leaves a foreign neighbour alone, and gc removes what no record knows', async (t) => {
  const {call, backend} = prepare(t, {name: 'orphan', lines: ['root=GOLDEN', 'reserve=1']});
  await ok(call('acquire', '-s', 'trees'));
  await ok(call('release', 'trees-0'));
  const foreign = ['others-0.abc', 'notes', 'trees.abc'];
  for (const each of [...foreign, 'trees-7.abc']) mkdirSync(`${backend()}/${each}`);
  await ok(call('gc'));
  const [made = ''] = instancesOf(backend()).filter((each) => each.startsWith('trees-'));
  assert.equal(instancesOf(backend()), [...foreign, made].sort());
  await ok(call('discard-instance', 'trees-0'));
});

test('lets twenty be made and given back at once', {timeLimitMs: 120_000}, async (t) => {
  const {call, backend} = prepare(t, {name: 'many', lines: ['root=GOLDEN']});
  const names = (await ok(call('acquire', '-s', 'trees', '20'))).trim().split(/\s+/);
  assert.is(new Set(names).size, 20);
  const said = await Promise.all(names.map((name) => ok(call('run', name, 'hostname'))));
  assert.is(said.length, 20);
  await ok(call('release', '--all'));
  assert.equal(instancesOf(backend()), []);
});

test('does not remove what something is mounted below', async (t) => {
  const {call, backend} = prepare(t, {name: 'mounted', lines: ['root=GOLDEN', 'method=copy']});
  await ok(call('acquire', '-s', 'trees'));
  const [made = ''] = instancesOf(backend());
  const point = `${backend()}/${made}/root/tmp`;
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', point]);
  t.atEnd(() => {
    if (hostMounts(t) !== '') execFileSync('umount', [point]);
  });
  const {stderr} = await call('release', 'trees-0');
  assert.match(stderr, 'something is mounted at');
  assert.ok(existsSync(point));
  execFileSync('umount', [point]);
  await call('gc');
  await call('discard-instance', '--force', 'trees-0');
  assert.equal(instancesOf(backend()), []);
});

interface Prepared {
  readonly call: (...words: readonly string[]) => Promise<Result>;
  /** The directory that its instances are in. */
  readonly backend: () => string;
  readonly golden: string;
}

/** A source 'trees' of a kind, and the way to call crcache as whoever it is for. */
function prepare(t: Sandbox, kind: Kind): Prepared {
  if (process.getuid?.() !== 0) t.skip('needs root');
  t.needs('unshare', 'nsenter', 'setpriv');
  const golden = kind.prepare === undefined ? plainly(t) : kind.prepare(t);
  const lines = kind.lines.map((line) => line.replace('GOLDEN', golden));
  t.write(
    'config/sources/trees/source.conf',
    ['[DEFAULT]', 'type=chroot', ...lines, ''].join('\n'),
  );
  if (kind.isForUser === true)
    execFileSync('chown', ['-R', `${String(ordinaryUid)}:${String(ordinaryUid)}`, t.dir]);
  if (kind.isOfRoot === true) execFileSync('chown', ['-R', '0:0', golden]);
  chmodSync(t.dir, 0o755);
  const uid = String(ordinaryUid);
  const become = ['--reuid', uid, '--regid', uid, '--clear-groups', `${repository}/cmd/crcache`];
  const call: Prepared['call'] =
    kind.isForUser === true
      ? (...words) => t.run('setpriv', [...become, ...words])
      : (...words) => t.crcache(words);
  const made = kind.lines.find((line) => line.startsWith('directory='));
  const directory = made === undefined ? `${t.dir}/crcache-chroot` : `${golden}.made`;
  return {call, golden, backend: () => `${directory}/${storeOf(t)}`};
}

function storeOf(t: Sandbox): string {
  const text = readFileSync(`${t.dir}/state/id`, 'utf8');
  return /^id=(.+)$/m.exec(text)?.[1] ?? '';
}

function plainly(t: Sandbox): string {
  makeGolden(t, `${t.dir}/golden`);
  return `${t.dir}/golden`;
}

function inArchive(t: Sandbox): string {
  const golden = plainly(t);
  execFileSync('tar', ['-C', golden, '-czf', `${golden}.tar.gz`, '.']);
  return golden;
}

/** A subvolume on a file system in a file. */
function onBtrfs(t: Sandbox): string {
  t.needs('btrfs', 'mkfs.btrfs');
  const image = `${t.dir}/image`;
  execFileSync('truncate', ['-s', '128M', image]);
  execFileSync('mkfs.btrfs', ['-q', image]);
  mkdirSync(`${t.dir}/btrfs`);
  execFileSync('mount', ['-o', 'loop', image, `${t.dir}/btrfs`]);
  t.atEnd(() => execFileSync('umount', [`${t.dir}/btrfs`]));
  execFileSync('btrfs', ['subvolume', 'create', `${t.dir}/btrfs/golden`], {stdio: 'ignore'});
  makeGolden(t, `${t.dir}/btrfs/golden`);
  return `${t.dir}/btrfs/golden`;
}

/** The instances that there are, and whatever lies beside them. */
function instancesOf(backend: string): string[] {
  if (!existsSync(backend)) return [];
  return readdirSync(backend)
    .filter((name) => !name.startsWith('golden-'))
    .sort();
}

/** What is mounted for instances, as the machine's table has it. */
function hostMounts(t: Sandbox): string {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  return lines.filter((line) => line.includes(`${t.dir}/`) && !line.includes('/btrfs ')).join('\n');
}

function processesWith(word: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(word);
    } catch {
      return false; // it is no process, or gone
    }
  });
}

/** What a call prints; one that fails fails the test. */
async function ok(calling: Promise<Result>): Promise<string> {
  const {status, stdout, stderr} = await calling;
  assert.is(status, 0, stderr);
  return stdout;
}
