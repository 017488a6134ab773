// The life of containers of LXC: over an overlay, as a copy and as a snapshot, and by a user's own command lines.

import * as assert from 'uvu/assert';
import {existsSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {fingerprint, makeGolden, onBtrfs} from '../../helpers/golden.js';
import {stateOf, until} from '../../helpers/held.js';
import {findProgram, type Result} from '../../helpers/programs.js';
import type {Sandbox} from '../../helpers/sandbox.js';
import {ownSeconds, processesWith} from '../../helpers/sleepers.js';
import {suite} from '../../helpers/suite.js';
import {controlGroups} from '../../helpers/things.js';

const test = suite('lxc');

/** What each kind of container is made from, and what becomes of it while nobody uses it. */
const lives: Readonly<Record<string, (t: Sandbox) => readonly string[]>> = {
  'backing=overlay': () => [],
  'backing=dir, stopped': () => ['backing=dir', 'park=stop'],
  'backing=snapshot, frozen': (t) => {
    onBtrfs(t, `${t.dir}/golden`, 'tree');
    return ['backing=snapshot', 'park=freeze', `directory=${t.dir}/golden/made`];
  },
};

for (const [life, lines] of Object.entries(lives)) {
  test(`lives and dies, ${life}`, {timeLimitMs: 60_000}, async (t) => {
    const golden = `${t.dir}/golden/tree`;
    const kind = lines(t);
    makeGolden(t, golden);
    const config = ['uts.name = named', 'environment = A=x', 'environment = B=x'];
    const call = prepare(t, [
      ...[`rootfs=${golden}`, ...config.map((line) => `config=lxc.${line}`)],
      ...kind,
    ]);
    const before = fingerprint(golden);
    await ok(call('acquire', '-s', 'boxes'));
    const first = directoryOf(t);
    const look = 'echo "$A$B"; pwd; hostname; cat /made; ls /etc/group /new';
    const said = 'b c\n/tmp\nnamed\nmade\n';
    const seen = await call('run', 'boxes-0', 'sh', '-c', look);
    assert.is(seen.stdout, said, seen.stderr);

    // It has cleared every mark of its own.
    const sleep = ownSeconds(t);
    const spoil = `rm /made; echo >/new; env -i setsid sleep ${sleep} >/dev/null 2>&1 &`;
    await ok(call('run', 'boxes-0', 'sh', '-c', spoil));
    await ok(call('release', 'boxes-0'));
    assert.equal(processesWith(sleep), []);
    assert.is(
      existsSync(`${first}/parked`),
      kind.some((line) => line.startsWith('park=')),
    );
    await ok(call('check-instance', 'boxes-0'));
    await ok(call('acquire', '-s', 'boxes'));
    assert.is(directoryOf(t), first, 'it is the same instance');
    assert.is((await call('run', 'boxes-0', 'sh', '-c', look)).stdout, said);
    await ok(call('release', 'boxes-0'));

    // One that was destroyed from outside is not given out, and nothing of it stays.
    if (kind.includes('park=stop')) rmSync(`${first}/root`, {recursive: true});
    else await killFirst(first);
    await ok(call('acquire', '-s', 'boxes'));
    assert.is.not(directoryOf(t), first);
    assert.equal(remains(first), []);

    const last = directoryOf(t);
    await ok(call('discard-instance', '--force', 'boxes-0'));
    assert.equal(remains(last), []);
    assert.not(existsSync(path.dirname(last)));
    assert.is(fingerprint(golden), before, 'the golden tree is as it was');
  });
}

test('is made by a template, once for all, and entered by a command line', async (t) => {
  makeGolden(t, `${t.dir}/golden`);
  const template = t.write(
    'template',
    `#!/bin/sh
for word; do case $word in --rootfs=*) to=\${word#*=} ;; --from=*) from=\${word#*=} ;; esac; done
echo made >>${t.dir}/calls; cp -a "$from/." "$to"
`,
    0o755,
  );
  const call = prepare(t, [
    `template=${template} --from=${t.dir}/golden`,
    'run_command=nice -n 5 lxc-attach -P %{containers} -n %{id} --',
  ]);
  t.atEnd(() => call('discard-instance', '--force', 'boxes-1'));
  // One that was killed when the tree was being made leaves nothing of it.
  const real = findProgram('lxc-create') ?? '';
  t.write('killing/lxc-create', `#!/bin/sh\n${real} "$@"\nkill -9 $PPID\n`, 0o755);
  const env = {...t.env, PATH: `${t.dir}/killing:${t.env['PATH'] ?? ''}`};
  assert.is((await t.crcache(['acquire', '-s', 'boxes'], {env})).signal, 'SIGKILL');
  const backend = path.dirname(directoryOf(t));
  assert.match(readdirSync(backend).join(), /^golden-[0-9a-f]{16}\./);
  await ok(call('gc'));
  assert.not.match(readdirSync(backend).join(), /^golden-[0-9a-f]{16}\./);
  for (const name of ['boxes-0', 'boxes-1']) {
    assert.is(await ok(call('acquire', '-s', 'boxes')), `${name}\n`);
  }
  assert.is(readFileSync(`${t.dir}/calls`, 'utf8'), 'made\nmade\n');
  const code = 'echo "$(cut -d" " -f19 /proc/self/stat) $A $HOME"; cat /made; kill -9 $$';
  const {status, stdout} = await call('run', 'boxes-1', 'sh', '-c', code);
  assert.equal([status, stdout], [137, '5 b c /root\nmade\n']);
});

test('is made by a command line', async (t) => {
  makeGolden(t, `${t.dir}/golden`);
  const call = prepare(t, [
    `provision_command=cp -a ${t.dir}/golden/. %{root} && echo %{instance} >%{root}/name`,
  ]);
  await ok(call('acquire', '-s', 'boxes'));
  const made = directoryOf(t);
  assert.is(await ok(call('run', 'boxes-0', 'cat', '/name', '/made')), 'boxes-0\nmade\n');
  await ok(call('discard-instance', '--force', 'boxes-0'));
  assert.equal(remains(made), []);
});

test('removes its control groups, though something is in them for a moment still', async (t) => {
  makeGolden(t, `${t.dir}/golden`);
  const call = prepare(t, [`rootfs=${t.dir}/golden`]);
  await ok(call('acquire', '-s', 'boxes'));
  const made = directoryOf(t);
  await killFirst(made);
  const groups = remains(made).filter((each) => each.startsWith('/sys/fs/cgroup/'));
  assert.ok(groups.length > 0);
  const last = t.run('sleep', ['0.8'], {
    onStart: ({pid}) => {
      for (const each of groups) writeFileSync(`${each}/cgroup.procs`, `${String(pid)}\n`);
    },
  });
  await ok(call('discard-instance', '--force', 'boxes-0'));
  assert.equal(remains(made), []);
  await last;
});

test(
  'is no longer given out where somebody else has frozen it, and goes',
  {timeLimitMs: 60_000},
  async (t) => {
    makeGolden(t, `${t.dir}/golden`);
    const call = prepare(t, [`rootfs=${t.dir}/golden`]);
    await ok(call('acquire', '-s', 'boxes'));
    const first = directoryOf(t);
    await ok(call('release', 'boxes-0'));
    const words = ['-P', path.dirname(first), '-n', path.basename(first)];
    await ok(t.run('lxc-freeze', words));
    t.atEnd(() => t.run('lxc-unfreeze', words));
    await ok(call('acquire', '-s', 'boxes'));
    assert.is.not(directoryOf(t), first);
    assert.equal(remains(first), []);

    const second = directoryOf(t);
    const others = ['-P', path.dirname(second), '-n', path.basename(second)];
    await ok(t.run('lxc-freeze', others));
    t.atEnd(() => t.run('lxc-unfreeze', others));
    await ok(call('release', 'boxes-0'));
    await ok(call('acquire', '-s', 'boxes'));
    assert.is(await ok(call('run', 'boxes-0', 'echo', 'fine')), 'fine\n');
  },
);

test(
  'tells every status of a command where its root is read only',
  {timeLimitMs: 60_000},
  async (t) => {
    makeGolden(t, `${t.dir}/golden`);
    const call = prepare(t, [`rootfs=${t.dir}/golden`, 'config=lxc.rootfs.options = ro']);
    rmSync(`${t.dir}/config/sources/boxes/provision.d`, {recursive: true});
    await ok(call('acquire', '-s', 'boxes'));
    const {status, stderr} = await call('run', 'boxes-0', 'sh', '-c', 'exit 1');
    assert.equal([status, stderr], [1, '']);
  },
);

test('says what is amiss', async (t) => {
  makeGolden(t, `${t.dir}/golden`);
  const call = prepare(t, [`rootfs=${t.dir}/golden`, 'config=lxc.no.such = 1']);
  const {stderr} = await call('acquire', '-s', 'boxes');
  assert.match(stderr, /cannot start 'boxes-0': .*lxc\.no\.such/);
  t.write(
    'config/sources/boxes/source.conf',
    '[DEFAULT]\ntype=lxc\nrootfs=/\nconfig=lxc.rootfs.path = x\n',
  );
  const refused = await call('acquire', '-s', 'boxes');
  assert.match(
    refused.stderr,
    "'config' wants a line of lxc.container.conf(5), but no lxc.rootfs.path",
  );
  const template = t.write('template', '#!/bin/sh\necho "no such release" >&2\nexit 3\n', 0o755);
  t.write('config/sources/boxes/source.conf', `[DEFAULT]\ntype=lxc\ntemplate=${template} -r x\n`);
  const unmade = await call('acquire', '-s', 'boxes');
  assert.match(unmade.stderr, /'boxes-0': template '.* -r x' makes no tree: no such release\n/);
});

test('calls hooks of its configuration', async (t) => {
  makeGolden(t, `${t.dir}/golden`);
  const hook = t.write('hook', `#!/bin/sh\n: >${t.dir}/called\n`, 0o755);
  const call = prepare(t, [`rootfs=${t.dir}/golden`, `config=lxc.hook.pre-start = ${hook}`]);
  await call('acquire', '-s', 'boxes');
  assert.ok(existsSync(`${t.dir}/called`));
  await ok(call('release', 'boxes-0'));
});

/** A source 'boxes' with these lines, and the way to call crcache. */
function prepare(
  t: Sandbox,
  lines: readonly string[],
): (...words: readonly string[]) => Promise<Result> {
  if (process.getuid?.() !== 0) t.skip('needs root');
  t.needs('lxc-start');
  const all = ['type=lxc', 'reserve=1', 'env=A=b c', 'cwd=/tmp', ...lines];
  t.write('config/sources/boxes/source.conf', ['[DEFAULT]', ...all, ''].join('\n'));
  const hook = '#!/bin/sh\ncrcache run "$1" sh -c "echo made >/made; rm /etc/group"\n';
  t.write('config/sources/boxes/provision.d/10-change', hook, 0o755);
  t.atEnd(() => t.crcache(['discard-instance', '--force', 'boxes-0']));
  return (...words) => t.crcache(words);
}

/** The directory of the one instance's container. */
function directoryOf(t: Sandbox): string {
  const file = `${t.dir}/state/sources/boxes/instances/boxes-0/handle`;
  return /^path=(.+)$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? '';
}

/** Kills a container's monitor and first process, and sees gone what can go: what is frozen takes no signal. */
async function killFirst(directory: string): Promise<void> {
  const [pid = ''] = readFileSync(`${directory}/pid`, 'utf8').split(' ');
  const [, monitor = ''] = /^PPid:\t(.+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  for (const each of [monitor, pid]) process.kill(Number(each), 'SIGKILL');
  const going = existsSync(`${directory}/parked`) ? [monitor] : [monitor, pid];
  await until(() => going.every((each) => stateOf(Number(each)) === ''), 'they are gone');
}

/** What is left of a container: its directory, mounts and control groups. */
function remains(directory: string): string[] {
  const id = directory.split('/').at(-1) ?? '';
  const groups = controlGroups((name) => name.startsWith('lxc.') && name.endsWith(`.${id}`));
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  const files = existsSync(directory) ? readdirSync(directory) : [];
  return [...files, ...mounts.filter((line) => line.includes(id)), ...groups];
}

/** What a call prints; one that fails fails the test. */
async function ok(calling: Promise<Result>): Promise<string> {
  const {status, stdout, stderr} = await calling;
  assert.is(status, 0, stderr);
  return stdout;
}
