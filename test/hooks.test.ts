// Hooks at the moments of an instance's life, and what becomes of it when one fails.

import * as assert from 'uvu/assert';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
} from 'node:fs';
import {phases, type Phase} from '../lib/hook/run-hooks.js';
import {stateOf, until} from './helpers/held.js';
import type {Result} from './helpers/programs.js';
import type {Sandbox} from './helpers/sandbox.js';
import {suite} from './helpers/suite.js';
import {linesOf, World} from './helpers/world.js';

const test = suite('hooks');

function source(t: Sandbox, name: string, ...lines: readonly string[]): void {
  t.write(`config/sources/${name}/source.conf`, ['[DEFAULT]', ...lines, ''].join('\n'));
}

function hook(t: Sandbox, file: string, code: string): void {
  t.write(`config/sources/${file}`, `#!/bin/sh\n${code}\n`, 0o700);
}

/** A hook in each phase of a source that notes that it ran. */
function traceAll(t: Sandbox, name: string): void {
  for (const phase of ['provision', 'allocate', 'release', 'discard']) {
    hook(t, `${name}/${phase}.d/10-trace`, `echo "$CRCACHE_HOOK $1" >>${t.dir}/trace`);
  }
}

function traced(t: Sandbox): string[] {
  return readFileSync(`${t.dir}/trace`, 'utf8').trimEnd().split('\n');
}

async function states(t: Sandbox): Promise<string> {
  return (await t.crcache(['list-instances', '--format', '%(name) %(state)'])).stdout;
}

test('run in the order of the design, through pools of pools', async (t) => {
  source(t, 'upper', 'type=pool', 'sources=lower');
  source(t, 'lower', 'type=pool', 'sources=base');
  source(t, 'base', 'type=sim');
  for (const name of ['upper', 'lower', 'base']) traceAll(t, name);
  await t.crcache(['acquire', '-s', 'upper']);
  await t.crcache(['run-hooks', 'allocate', 'upper-0']);
  await t.crcache(['run-hooks', 'release', 'upper-0']);
  const dry = await t.crcache(['run-hooks', '--dry-run', 'discard', 'upper-0']);
  const sources = dry.stdout.matchAll(/sources\/(\w+)\/configs\/.*\/discard\.d\/10-trace$/gm);
  assert.equal(
    [...sources].map(([, name]) => name),
    ['upper', 'lower', 'base'],
  );
  await t.crcache(['release', 'upper-0']);
  const up = ['base-0', 'lower-0', 'upper-0'].flatMap((name) => [
    `provision ${name}`,
    `allocate ${name}`,
  ]);
  const down = ['upper-0', 'lower-0', 'base-0'].flatMap((name) => [
    `release ${name}`,
    `discard ${name}`,
  ]);
  const byHand = ['allocate base-0', 'allocate lower-0', 'allocate upper-0'];
  const back = ['release upper-0', 'release lower-0', 'release base-0'];
  assert.equal(traced(t), [...up, ...byHand, ...back, ...down]);
});

test('are told what the instance stands on', async (t) => {
  const world = new World(t, {upper: {type: 'pool', sources: 'base'}, base: {type: 'sim'}});
  for (const name of ['upper', 'base'])
    hook(t, `${name}/allocate.d/10-tell`, 'echo "$1 on ${CRCACHE_BACKING-nothing}"');
  const {stderr} = await world.here(['acquire', '-s', 'upper']);
  assert.equal(linesOf(stderr), ['base-0 on nothing', 'upper-0 on base-0']);
});

test('find the instance usable, with a clean stdout and their surroundings told', async (t) => {
  source(t, 's', 'type=sim', 'reserve=1');
  const told =
    'echo "$CRCACHE_SOURCE $CRCACHE_HOOK $CRCACHE_DIR $CRCACHE_CONFIG $CRCACHE_PWD $PWD"';
  hook(
    t,
    's/provision.d/10-use',
    `${told}; crcache run "$1" sh -c 'echo made >made'; crcache status >/dev/null`,
  );
  const {stdout, stderr, status} = await t.crcache(['acquire', '-s', 's']);
  assert.equal([stdout, status], ['s-0\n', 0]);
  const here = `${t.dir}/config/sources/s`;
  assert.is(stderr, `s provision ${t.dir}/state ${t.dir}/config ${t.dir} ${here}\n`);
  await t.crcache(['run', 's-0', 'sh', '-c', 'echo spoiled >made; touch more']);
  await t.crcache(['release', 's-0']);
  await t.crcache(['acquire', '-s', 's']);
  // The checkpoint is how it was after provision.d.
  assert.is((await t.crcache(['run', 's-0', 'sh', '-c', 'cat made; ls'])).stdout, 'made\nmade\n');
});

test('what provision.d does in what stands below is its instance’s alone, and outlives each reset', async (t) => {
  source(t, 'upper', 'type=pool', 'sources=lower', 'reserve=1');
  source(t, 'lower', 'type=pool', 'sources=base', 'reserve=1');
  source(t, 'base', 'type=sim', 'reserve=1');
  hook(t, 'upper/provision.d/10-make', 'crcache run "$1" sh -c "echo made >made"');
  const seen = async (name: string): Promise<string> =>
    (await t.crcache(['run', name, '-S', 'ls; echo >new'])).stdout;
  for (const round of ['first', 'second']) {
    await t.crcache(['acquire', '-s', 'upper']);
    assert.is(await seen('upper-0'), 'made\n', round);
    await t.crcache(['release', 'upper-0']);
  }
  assert.is(await states(t), 'base-0 in-use\nlower-0 in-use\nupper-0 cached\n');
  await t.crcache(['discard-instance', 'upper-0']);
  assert.is(await states(t), '', 'nobody else gets what it was made from');
  await t.crcache(['acquire', '-s', 'lower']);
  assert.is(await seen('lower-0'), '');
  await t.crcache(['release', 'lower-0']);
  assert.is(await states(t), 'base-0 in-use\nlower-0 cached\n');
});

test('those that symlinks lead to are run as they were, wherever the symlinks stand', async (t) => {
  source(t, 's', 'type=sim');
  const shared = `${t.dir}/config/shared`;
  for (const phase of ['provision', 'allocate', 'release'])
    t.write(`config/shared/${phase}.d/10-tell`, `#!/bin/sh\necho "$CRCACHE_HOOK"`, 0o700);
  t.write('config/shared/lib/names', 'name=read');
  const here = `${t.dir}/config/sources/s`;
  mkdirSync(`${here}/provision.d/parts`, {recursive: true});
  symlinkSync('../../../shared/provision.d/10-tell', `${here}/provision.d/10-tell`);
  symlinkSync('../../../shared/lib', `${here}/provision.d/lib`);
  symlinkSync('..', `${here}/provision.d/parts/loop`);
  hook(t, 's/provision.d/20-read', '. "$(dirname "$0")/lib/names" && echo "$name"');
  symlinkSync('../../shared/allocate.d', `${here}/allocate.d`);
  symlinkSync(`${shared}/release.d`, `${here}/release.d`);
  const made = await t.crcache(['acquire', '-s', 's']);
  const skipped = /^crcache: hook '(?:lib|parts)' of .* is a directory\n/gm;
  assert.is(made.stderr.replaceAll(skipped, ''), 'provision\nread\nallocate\n');
  for (const phase of ['provision', 'allocate', 'release'])
    t.write(`config/shared/${phase}.d/10-tell`, '#!/bin/sh\nexit 1', 0o700);
  assert.is((await t.crcache(['run-hooks', 'provision', 's-0'])).status, 0);
  assert.is((await t.crcache(['release', 's-0'])).stderr, 'release\n');
  const {status, stderr} = await t.crcache(['acquire', '-s', 's']);
  assert.is(status, 13);
  assert.match(stderr, /hook '10-tell' of provision\.d failed for 's-0': status 1/);
});

test('what can be no hook is told of as that, and nothing is a bug', async (t) => {
  t.needs('mkfifo');
  source(t, 's', 'type=sim');
  mkdirSync(`${t.dir}/config/sources/s/allocate.d`);
  await t.run('mkfifo', ['config/sources/s/allocate.d/10-pipe']);
  const {status, stderr} = await t.crcache(['acquire', '-s', 's']);
  assert.is(status, 13);
  assert.match(stderr, /hook '10-pipe' of allocate\.d failed for 's-0': it is no file/);
  assert.equal(readdirSync(`${t.dir}/state/sources/s/trash`), []);
});

test('those that an instance was made with are run, also when they are gone', async (t) => {
  source(t, 's', 'type=sim');
  traceAll(t, 's');
  await t.crcache(['acquire', '-s', 's']);
  await t.run('rm', ['-r', 'config/sources/s']);
  const {status, stderr} = await t.crcache(['release', 's-0']);
  assert.is(status, 0, stderr);
  assert.equal(traced(t).slice(2), ['release s-0', 'discard s-0']);
});

const tenMiB = 10 * 1024 * 1024;

/** What is planted in a phase, and how it is told. */
const faults = {
  fails: {code: 'echo said; exit 3', told: /hook '50-x' of [\w-]+\.d failed for 's-0': status 3/},
  hangs: {
    code: 'echo said; exec sleep 1000',
    told: /hook '50-x' of [\w-]+\.d failed for 's-0': it did not end within 1 s/,
  },
  'is killed': {
    code: 'echo said; kill -9 $$',
    told: /hook '50-x' of [\w-]+\.d failed for 's-0': signal 9/,
  },
  'prints 10 MiB': {code: `head -c ${String(tenMiB)} /dev/zero | tr "\\0" x`, told: undefined},
  'leaves a child': {code: 'sleep 1000 & echo $! >"$CRCACHE_PWD/child"', told: undefined},
  'is not executable': {
    code: 'exit 3',
    told: /hook '50-x' of [\w-]+\.d is skipped: it is not executable/,
  },
} as const;

/** Where the instance is after a hook of a phase failed, and the statuses of acquire, run and release. */
const afterFailure: Readonly<Record<Phase, {state: string; statuses: readonly number[]}>> = {
  provision: {state: '', statuses: [13, 10, 0]},
  concurrency: {state: '', statuses: [13, 10, 0]},
  allocate: {state: '', statuses: [13, 10, 0]},
  'pre-run': {state: '', statuses: [0, 125, 0]},
  'post-run': {state: '', statuses: [0, 125, 0]},
  release: {state: '', statuses: [0, 0, 13]},
  discard: {state: 's-0 broken\n', statuses: [0, 0, 13]},
};

for (const phase of phases) {
  for (const [name, {code, told}] of Object.entries(faults)) {
    test(`${phase} × a hook that ${name}`, async (t) => {
      // Whatever ends by itself may take the time that a busy machine needs for it.
      const timeout = name === 'hangs' ? '1s' : '20s';
      const world = new World(t, {s: {type: 'sim', 'hook-timeout': timeout}});
      const file = `s/${phase}.d/50-x`;
      hook(t, file, code);
      if (name === 'is not executable') chmodSync(`${t.dir}/config/sources/${file}`, 0o600);
      const begun = performance.now();
      const acquired = await world.here(['acquire', '-s', 's']);
      // A command has a process of its own, and only what is around it is asked of here.
      const ran = phase.endsWith('-run') ? await t.crcache(['run', 's-0', 'true']) : undefined;
      const released = await world.here(['release', 's-0']);
      const seconds = ((performance.now() - begun) / 1000).toFixed(1);
      const isFailure = ['fails', 'hangs', 'is killed'].includes(name);
      const {state, statuses} = isFailure ? afterFailure[phase] : {state: '', statuses: [0, 0, 0]};
      const said = `${acquired.stderr}\n${ran?.stderr ?? ''}\n${released.stderr}`;
      const seen = [acquired.status, ran?.status ?? statuses[1], released.status];
      assert.equal(seen, statuses, said.slice(-2000));
      if (told !== undefined) assert.match(said, told);
      assert.equal(
        await world.must('list-instances', '--format', '%(name) %(state)'),
        linesOf(state),
      );
      if (isFailure) await hasLog(t, said);
      if (name === 'prints 10 MiB') {
        assert.equal([acquired.stdout, ran?.stdout ?? ''], ['s-0\n', '']);
        // What an answer is looked for in is nobody else's.
        assert.is(said.split('x').length - 1, phase === 'concurrency' ? 0 : tenMiB);
        if (phase === 'discard') assert.is(keptOf(t), 1024 * 1024);
      }
      if (name === 'leaves a child')
        assert.ok(isGone(Number(readFileSync(`${t.dir}/child`, 'utf8'))));
      assert.equal(await world.must('fsck'), []);
      const end = state.trim() || 'gone';
      t.note(`${phase} × ${name}: statuses ${seen.join(' ')}, then '${end}' after ${seconds} s`);
    });
  }
}

/** How many bytes there are of what hooks printed of instances that are gone. */
function keptOf(t: Sandbox): number {
  const failed = `${t.dir}/state/sources/s/failed`;
  return readdirSync(failed).reduce((sum, name) => sum + statSync(`${failed}/${name}`).size, 0);
}

/** What the hook printed is where the message says. */
async function hasLog(t: Sandbox, said: string): Promise<void> {
  const [, path = ''] = /its output is in (.*)/.exec(said) ?? [];
  assert.match((await t.run('cat', [path])).stdout, /^said$/m);
}

test('what discard.d was to save is kept until it is forced', async (t) => {
  source(t, 's', 'type=sim');
  hook(t, 's/discard.d/10-save', 'exit 1');
  await t.crcache(['acquire', '-s', 's']);
  await t.crcache(['release', 's-0']);
  await t.crcache(['gc']);
  assert.is(await states(t), 's-0 broken\n');
  assert.is((await t.crcache(['discard-instance', '--force', 's-0'])).status, 0);
  assert.is(await states(t), '');
});

test('while one uses its instance and goes on, others come and go within a second', async (t) => {
  const world = new World(t, {s: {type: 'sim'}, twin: {type: 'sim'}});
  await t.run('mkfifo', ['gate']);
  // Whatever fails here, the hook is not left waiting.
  t.atEnd(() => t.run('sh', ['-c', 'exec 3<>gate; echo >&3']));
  t.write('file', 'text\n');
  const using = `crcache cp ${t.dir}/file "$1:there" && crcache run "$1" cat there && crcache status`;
  const waiting = `{ ${using}; } || exit 1; touch ${t.dir}/used; read -r line <${t.dir}/gate`;
  hook(t, 's/provision.d/10-slow', `[ "$1" != s-0 ] || { ${waiting}; }`);
  const msOf = async (source: string, name: string): Promise<number> => {
    const begun = performance.now();
    assert.equal(await world.must('acquire', '-s', source), [name]);
    await world.must('release', name);
    return performance.now() - begun;
  };
  const slow = t.crcache(['acquire', '-s', 's']);
  // The hook of the first one waits for this test; that of the second does not.
  for (;;) if ((await states(t)).includes('s-0 provisioning')) break;
  await msOf('s', 's-1');
  // While it uses its instance it has processors to itself that others want, and is not waited for all the same.
  await until(() => existsSync(`${t.dir}/used`), 'the hook has used it');
  const ms = await msOf('s', 's-1');
  const usualMs = await msOf('twin', 'twin-0');
  const told = `${ms.toFixed()} ms, without one in ${usualMs.toFixed()} ms`;
  assert.match(await states(t), /^s-0 provisioning$/m, 'nobody waited for its end');
  // A busy machine may take a second for what is done without such a hook, too.
  assert.ok(ms < Math.max(1_000, 10 * usualMs), `it took ${told}`);
  t.note(`acquired and released beside a hook that goes on in ${told}`);
  assert.match((await t.crcache(['status', 's'])).stdout, /^s /m);
  await t.run('sh', ['-c', 'echo >gate']);
  const {status, stdout, stderr} = await slow;
  assert.equal([status, stdout], [0, 's-0\n'], stderr);
  assert.match(stderr, /^text$/m);
});

test('a bound that is longer than timers of node can wait is none too early', async (t) => {
  source(t, 's', 'type=sim', 'hook-timeout=40d');
  hook(t, 's/provision.d/10-a', 'echo made');
  const {status, stderr} = await t.crcache(['acquire', '-s', 's']);
  assert.equal([status, stderr], [0, 'made\n']);
});

test('a log that has grown for years is cut before it is added to', async (t) => {
  source(t, 's', 'type=sim');
  hook(t, 's/allocate.d/10-tell', 'echo told');
  hook(t, 's/release.d/10-size', 'stat -c %s "$CRCACHE_INSTANCE_DIR/hooks.log"; exit 1');
  await t.crcache(['acquire', '-s', 's']);
  const log = `${t.dir}/state/sources/s/instances/s-0/hooks.log`;
  truncateSync(log, 3 * 1024 ** 3);
  appendFileSync(log, 'last\n');
  const {status, stderr} = await t.crcache(['release', 's-0']);
  assert.is(status, 13, stderr);
  assert.is(Number.parseInt(stderr), 1024 * 1024);
  assert.is(keptOf(t), 1024 * 1024);
  const [, kept = ''] = /its output is in (.*)/.exec(stderr) ?? [];
  assert.match(readFileSync(kept, 'latin1'), /last\n1048576\n/);
});

test('one of 15 s with a bound of 1 s does not get to its end, and has time to tidy up', async (t) => {
  source(t, 's', 'type=sim', 'hook-timeout=1s');
  const tidy = `trap 'sleep 0.2; touch ${t.dir}/tidied; exit 1' TERM`;
  hook(t, 's/provision.d/10-long', `${tidy}; sleep 15 & wait; touch ${t.dir}/done`);
  const {status, stderr} = await t.crcache(['acquire', '-s', 's']);
  assert.is(status, 13);
  assert.match(
    stderr,
    /hook '10-long' of provision\.d failed for 's-0': it did not end within 1 s/,
  );
  assert.equal([existsSync(`${t.dir}/tidied`), existsSync(`${t.dir}/done`)], [true, false]);
});

test('one that does not end by TERM is killed, with all of its group', async (t) => {
  source(t, 's', 'type=sim', 'hook-timeout=1s');
  const deaf = `trap '' TERM; echo $$ >${t.dir}/pids; sh -c 'echo $$ >>${t.dir}/pids; sleep 1000; :'`;
  hook(t, 's/provision.d/10-deaf', `${deaf}; touch ${t.dir}/done`);
  assert.is((await t.crcache(['acquire', '-s', 's'])).status, 13);
  const pids = readFileSync(`${t.dir}/pids`, 'utf8').trim().split('\n');
  assert.equal([pids.length, existsSync(`${t.dir}/done`)], [2, false]);
  for (const pid of pids) await until(() => isGone(Number(pid)), `${pid} is gone`);
});

function isGone(pid: number): boolean {
  return ['', 'Z', 'X'].includes(stateOf(pid));
}

/** Ends a crcache while its hook runs, once that has written its pid into the pipe `begun`; the value is that pid, and how crcache ended. */
async function endAtHook(
  t: Sandbox,
  words: readonly string[],
  signal: NodeJS.Signals,
): Promise<{pid: number; died: Result}> {
  await t.run('mkfifo', ['begun']);
  let worker = 0;
  const dying = t.crcache(words, {onStart: ({pid}) => (worker = pid ?? 0)});
  const pid = Number((await t.run('cat', ['begun'])).stdout);
  process.kill(worker, signal);
  return {pid, died: await dying};
}

for (const [signal, phase, words] of [
  ['SIGINT', 'provision', ['acquire', '-s', 's']],
  ['SIGTERM', 'release', ['run-hooks', 'release', 's-0']],
  ['SIGHUP', 'release', ['release', 's-0']],
  ['SIGQUIT', 'provision', ['acquire', '-s', 's']],
] as const) {
  test(`${signal} ends ${words[0]}, once the hook that it runs has ended as by its time`, async (t) => {
    source(t, 's', 'type=sim');
    const tidy = `trap 'echo tidied >tidied; exit' TERM`;
    // The child is told of when it is a program of its own: until then it may miss the signal.
    const child = `sh -c 'echo $PPID >begun; exec sleep 1000'`;
    hook(t, `s/${phase}.d/10-hang`, `cd ${t.dir}; ${tidy}; ${child} & wait`);
    if (phase === 'release') await t.crcache(['acquire', '-s', 's']);
    const {pid, died} = await endAtHook(t, words, signal);
    assert.equal([died.signal, died.stdout], [signal, '']);
    assert.equal([isGone(pid), existsSync(`${t.dir}/tidied`)], [true, true]);
  });
}

for (const [phase, words, left] of [
  ['provision', ['acquire', '-s', 's'], ''],
  ['release', ['run-hooks', 'release', 's-0'], 's-0 in-use\n'],
] as const) {
  test(`one whose ${words[0]} was killed is ended by gc`, async (t) => {
    source(t, 's', 'type=sim');
    hook(t, `s/${phase}.d/10-hang`, `echo $$ >${t.dir}/begun; exec sleep 1000`);
    if (phase === 'release') await t.crcache(['acquire', '-s', 's']);
    const {pid} = await endAtHook(t, words, 'SIGKILL');
    assert.not(isGone(pid));
    await t.crcache(['gc']);
    assert.ok(isGone(pid));
    assert.equal([await states(t), (await t.crcache(['fsck'])).stdout], [left, '']);
  });
}

test('they get three streams and nothing else that whoever calls has open', async (t) => {
  t.needs('bash');
  source(t, 's', 'type=sim');
  hook(t, 's/provision.d/10-list', 'readlink /proc/self/fd/0; ls /proc/self/fd');
  const code = 'exec 3</dev/null 9</dev/null 77</dev/null; exec crcache acquire -s s';
  const {status, stderr} = await t.run('bash', ['-c', code]);
  // 3 is what ls reads.
  assert.equal([status, stderr], [0, '/dev/null\n0\n1\n2\n3\n']);
});

test('what those of discard.d print outlives the instance', async (t) => {
  source(t, 's', 'type=sim');
  hook(t, 's/discard.d/10-say', 'echo "saved $1"');
  await t.crcache(['acquire', '-s', 's']);
  await t.crcache(['release', 's-0']);
  assert.is((await t.run('sh', ['-c', 'cat state/sources/s/failed/*'])).stdout, 'saved s-0\n');
});

test('run-hooks runs them by hand, tells of each, and shows what it would run', async (t) => {
  source(t, 's', 'type=sim');
  traceAll(t, 's');
  hook(t, 's/allocate.d/20.sh', '');
  t.write('config/sources/s/allocate.d/30-b', '#!/bin/sh\n', 0o600);
  await t.crcache(['acquire', '-s', 's']);
  const dry = await t.crcache(['run-hooks', '--dry-run', 'allocate', 's-0']);
  assert.match(dry.stdout, /^\/.*\/allocate\.d\/10-trace\n$/);
  assert.match(dry.stderr, /'.*20\.sh' is skipped: its name has a '\.'/);
  // Not the copy that the instance was made with.
  const original = `${t.dir}/config/sources/s/allocate.d/30-b`;
  assert.ok(dry.stderr.includes(`hint: run: chmod +x '${original}'`), dry.stderr);
  const {status, stderr} = await t.crcache(['-v', 'run-hooks', 'allocate', 's-0']);
  assert.is(status, 0);
  assert.match(stderr, /^crcache: s-0: 10-trace: [0-9.]+ s$/m);
  assert.equal(traced(t), ['provision s-0', 'allocate s-0', 'allocate s-0']);
});
