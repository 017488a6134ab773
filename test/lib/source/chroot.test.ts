// The life of a chroot, by each method, for root and for an ordinary user; and what it keeps from this machine.

import * as assert from 'uvu/assert';
import {execFileSync} from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import {configure} from '../../helpers/configured.js';
import {fingerprint, makeGolden, onBtrfs} from '../../helpers/golden.js';
import {findMarked} from '../../helpers/left-over.js';
import {unmountAtEnd} from '../../helpers/mounted.js';
import {findProgram, type Result} from '../../helpers/programs.js';
import {repository, type Sandbox} from '../../helpers/sandbox.js';
import {ownSeconds, processesWith} from '../../helpers/sleepers.js';
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
    prepare: asSubvolume,
  },
  {
    name: 'btrfs of an ordinary user',
    lines: ['root=GOLDEN', 'method=btrfs', 'directory=GOLDEN.made'],
    prepare: asSubvolume,
    isForUser: true,
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
    const sleep = ownSeconds(t);
    await ok(call('run', name, 'sh', '-c', `env -i setsid sleep ${sleep} >/dev/null 2>&1 &`));
    await ok(call('reset-instance', name));
    assert.equal(processesWith(sleep), []);
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

test('commands run as whom and where it is told, by whatever way and PATH', async (t) => {
  const {call, golden} = prepare(t, {name: 'told', lines: ['root=GOLDEN']});
  // The tree's own symlink leads elsewhere on this machine.
  mkdirSync(`${golden}/data/bob`, {recursive: true});
  symlinkSync('/data', `${golden}/home`);
  appendFileSync(`${golden}/etc/passwd`, 'bob:x:1234:1234:bob:/home/bob:/bin/sh\n');
  const say = 'id -un; pwd -P; echo "$HOME $PATH"';
  const ways: readonly [string, ...string[]][] = [
    ['user=bob', 'env=PATH=/bin:/none'],
    ['user=bob', 'env=PATH=/bin:/none', 'run_command=chroot %{root}'],
    ['user=bob', 'env=PATH=/bin:/none', 'cwd=/home/bob', 'isolate=mount,pid'],
  ];
  for (const lines of ways) {
    configure(t, 'told', 'type=chroot', `root=${golden}`, ...lines);
    const name = (await ok(call('acquire', '-s', 'told'))).trim();
    const said = await ok(call('run', name, 'sh', '-c', say));
    assert.is(said, 'bob\n/data/bob\n/home/bob /bin:/none\n', lines.join());
    assert.is(await ok(call('run', '-u', 'root', name, 'id', '-u')), '0\n');
    const {status, stderr} = await call('run', '-u', '.*', name, 'true');
    assert.equal([status, stderr], [125, "crcache: there is no user '.*'\n"]);
    await ok(call('release', name));
  }
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

test('removes subvolumes within a tree, and takes nothing else for one', async (t) => {
  const lines = ['root=GOLDEN', 'method=btrfs', 'directory=GOLDEN.made'];
  const {call, backend, golden} = prepare(t, {name: 'nested', lines, prepare: asSubvolume});
  for (const end of ['reset-instance', 'release']) {
    if (end === 'reset-instance') await ok(call('acquire', '-s', 'trees'));
    const [made = ''] = instancesOf(backend());
    const nested = `${backend()}/${made}/root/tmp/nested`;
    execFileSync('btrfs', ['subvolume', 'create', nested], {stdio: 'ignore'});
    mkdirSync(`${nested}/directory`);
    await ok(call(end, 'trees-0'));
  }
  assert.equal(instancesOf(backend()), []);

  // Any file system may have a directory with the number that subvolumes have.
  const plain = `${t.dir}/plain`;
  mkdirSync(plain);
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', plain]);
  unmountAtEnd(t, plain);
  const numbers = Array.from({length: 256}, (_, index) => `${plain}/${String(index)}`);
  for (const each of numbers) mkdirSync(each);
  const like = numbers.find((each) => statSync(each).ino === 256);
  if (like === undefined) return;
  const conf = `[DEFAULT]\ntype=chroot\nroot=${golden}\nmethod=copy\ndirectory=${plain}/made\n`;
  t.write('config/sources/trees/source.conf', conf);
  await ok(call('acquire', '-s', 'trees'));
  const [made = ''] = instancesOf(`${plain}/made/${storeOf(t)}`);
  const checkpoint = `${plain}/made/${storeOf(t)}/${made}/checkpoint`;
  renameSync(checkpoint, `${like}/as-it-was`);
  renameSync(like, checkpoint);
  await ok(call('release', 'trees-0'));
});

test('leaves no golden tree that is half made, nor what an archive was', async (t) => {
  const {call, backend, golden} = prepare(t, {
    name: 'killed',
    lines: ['root=GOLDEN.tar.gz'],
    prepare: inArchive,
  });
  const tar = `#!/bin/sh\n${findProgram('tar') ?? ''} "$@"\nkill -9 $PPID\n`;
  t.write('killing/tar', tar, 0o755);
  const env = {...t.env, PATH: `${t.dir}/killing:${t.env['PATH'] ?? ''}`};
  assert.is((await t.crcache(['acquire', '-s', 'trees'], {env})).signal, 'SIGKILL');
  const goldens = (): string[] => readdirSync(backend()).filter((name) => name.includes('golden-'));
  assert.match(goldens().join(), /^golden-[0-9a-f]{16}\./);
  await ok(call('gc'));
  assert.not(existsSync(backend()));

  await ok(call('acquire', '-s', 'trees', '2'));
  execFileSync('tar', ['-C', golden, '-czf', `${golden}.tar.gz`, './bin', './etc', './root']);
  await ok(call('acquire', '-s', 'trees'));
  const counts = [goldens().length];
  for (const name of ['trees-0', 'trees-1', 'trees-2']) {
    await ok(call('run', name, 'true'));
    await ok(call('release', name));
    counts.push(goldens().length);
  }
  assert.equal(counts, [2, 2, 1, 1]);
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

function asSubvolume(t: Sandbox): string {
  const golden = onBtrfs(t, `${t.dir}/btrfs`, 'golden');
  makeGolden(t, golden);
  return golden;
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

/** What a call prints; one that fails fails the test. */
async function ok(calling: Promise<Result>): Promise<string> {
  const {status, stdout, stderr} = await calling;
  assert.is(status, 0, stderr);
  return stdout;
}
