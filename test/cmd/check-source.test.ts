import {chmodSync, chownSync, existsSync, mkdirSync, symlinkSync} from 'node:fs';
import * as assert from 'uvu/assert';
import {configure, succeed} from '../helpers/configured.js';
import type {Result} from '../helpers/programs.js';
import {suite} from '../helpers/suite.js';

const test = suite('check-source');

/** What is printed of a broken configuration, one of each kind: where below config/, what, and the hint. */
const expected = [
  ['crcache.conf:2', "unknown key 'default-sourc'", "did you mean 'default-source'?"],
  ['crcache.conf:4', "'ttl' wants a time above 0, such as 90s, 10m, 2h or 1d, not 'soon'", 'ttl: '],
  ['crcache.conf:1', "default-source is 'nowhere', which is not configured", 'known are: '],
  ['sources/pool-1', "is not a source: its name cannot be one's", "a source's name begins"],
  ['sources/none', 'is not a source: it has no source.conf', 'write one'],
  ['sources/a/source.conf:2', "unknown key 'maximun'", "did you mean 'maximum'?"],
  ['sources/a/source.conf:3', "'reserve' wants a whole number from 0 to", 'reserve: '],
  ['sources/a/source.conf:4', "'max-age' wants a time above 0, such as 90s", 'max-age: '],
  ['sources/b/source.conf:1', "unknown type 'pol'", "did you mean 'pool'?"],
  ['sources/c/source.conf:1', "'sources' is missing", 'add sources='],
  ['sources/d/source.conf:1', "'type' is missing", 'add type='],
  ['sources/e/source.conf:1', "'root' or 'provision_command' is missing", 'add root=PATH'],
  ['sources/f/source.conf:1', "'ssh_host' or 'ssh_hosts' is missing", 'add ssh_host='],
  ['sources/filled/source.conf:2', "'sources' has no value", 'write sources=NAME,...'],
  ['sources/whole/source.conf:2', "'root' wants a whole path, which begins with /", 'root: '],
  ['sources/whole/source.conf:3', "'directory' wants a whole path, which", 'directory: '],
  ['sources/g/source.conf:2', "'run-wrapper' wants words of sh in which", 'run-wrapper: '],
  ['sources/g/source.conf:3', "'labels' wants words KEY=VALUE", 'labels: '],
  ['sources/h/source.conf:2', "'run_command' wants words of sh in which", 'run_command: '],
  ['sources/line/source.conf:2', `'provision_command' wants "$CRCACHE_ID" in the place of`, ''],
  ['sources/i/source.conf:2', "'run_command' wants words of sh in which", 'run_command: '],
  ['sources/hooks/alocate.d', 'is no directory of hooks', "did you mean 'allocate.d'?"],
  ['sources/hooks/provision.d/10.sh', "is skipped: its name has a '.'", 'rename it'],
  ['sources/hooks/provision.d/20-off', 'is skipped: it is not executable', 'run: chmod +x'],
  ['sources/hooks/provision.d/30-gone', 'is a symlink that leads nowhere', 'remove it'],
  ['sources/hooks/provision.d/40-none:1', 'has no interpreter', "write '#!/bin/sh'"],
  ['sources/hooks/provision.d/50-python:1', "wants the interpreter '/opt/python9'", 'install it'],
  ['sources/hooks/provision.d/60-env:1', "wants the interpreter 'python9'", 'install it'],
  ['sources/hooks/provision.d/70-dos:1', "wants the interpreter '/bin/sh\\r'", 'install it'],
  ['sources/hooks/provision.d/80-sub', 'is skipped: it is a directory', 'move it'],
  ['sources/bare/allocate.d', 'is a symlink that leads nowhere', 'remove it, or mend it: ls -l'],
  ['sources/bare/discard.d', 'is no directory, and no hooks can be in it', 'remove it'],
  ['sources/q/source.conf:2', "'p' stands on itself: p -> q -> p", "take 'p' from"],
  ['sources/r/source.conf:2', "'r' stands on 'p1', which is not configured", 'did you mean'],
  ['sources/s/source.conf:2', "'s' stands on 'a b', which is not configured", 'known are'],
] as const;

test('tells all problems of every kind at once, each with its place, and ends with 2', async (t) => {
  t.write(
    'config/crcache.conf',
    'default-source=nowhere\ndefault-sourc=x\n[source-defaults]\nttl=soon\n',
  );
  configure(t, 'pool-1', 'type=local');
  configure(t, 'a', 'type=local', 'maximun=3', 'reserve=many', 'max-age=0');
  configure(t, 'b', 'type=pol', 'sources=a');
  configure(t, 'c', 'type=pool');
  configure(t, 'd', 'reserve=1');
  configure(t, 'e', 'type=chroot');
  configure(t, 'f', 'type=ssh');
  configure(t, 'filled', 'type=pool', 'sources=');
  configure(t, 'whole', 'type=chroot', 'root=golden', 'directory=~/trees');
  configure(t, 'g', 'type=sim', "run-wrapper=env A='b c", 'labels=arch=arm64, os');
  configure(t, 'h', 'type=command', 'run_command=env "A=b');
  configure(t, 'line', 'type=command', 'provision_command=make %{id}', 'run_command=env A=%{id}');
  configure(t, 'i', 'type=chroot', 'run_command=chroot %{root} env A=b\\', 'root=/');
  mkdirSync(`${t.dir}/config/sources/none`);
  configure(t, 'p', 'type=pool', 'sources=q');
  configure(t, 'q', 'type=pool', 'sources=p');
  configure(t, 'r', 'type=pool', 'sources=p1');
  configure(t, 's', 'type=pool', 'sources=a b');
  configure(t, 'hooks', 'type=local');
  const hook = (name: string, text: string, mode = 0o755): string =>
    t.write(`config/sources/hooks/provision.d/${name}`, text, mode);
  hook('05-right', '#!/usr/bin/env -S sh -e\n');
  hook('06-right', '#! /usr/bin/env sh\n');
  hook('07-binary', '\x7fELF and so on');
  hook('08-later.sample', '', 0o644);
  hook('.hidden', '', 0o644);
  hook('10.sh', '#!/bin/sh\n');
  hook('20-off', '#!/bin/sh\n', 0o644);
  symlinkSync('nowhere', `${t.dir}/config/sources/hooks/provision.d/30-gone`);
  hook('40-none', 'echo\n');
  hook('50-python', '#!/opt/python9\n');
  hook('60-env', '#!/usr/bin/env python9\n');
  hook('70-dos', '#!/bin/sh\r\n');
  mkdirSync(`${t.dir}/config/sources/hooks/provision.d/80-sub`);
  configure(t, 'bare', 'type=local');
  symlinkSync('nowhere.d', `${t.dir}/config/sources/bare/allocate.d`);
  t.write('config/sources/bare/discard.d', '#!/bin/sh\n', 0o755);
  t.write('config/sources/hooks/alocate.d/10-x', '#!/bin/sh\n', 0o755);

  const {status, stdout, stderr} = await t.crcache(['check-source']);
  assert.is(stderr, '');
  assert.is(status, 2);
  const lines = stdout.split('\n');
  for (const [place, what, hint] of expected) {
    const at = lines.findIndex((line) => line.startsWith(`${t.dir}/config/${place}: ${what}`));
    assert.ok(at !== -1, `'${place}: ${what}' is not in:\n${stdout}`);
    assert.ok(lines[at + 1]?.startsWith(`  hint: ${hint}`), `hint of ${lines[at] ?? ''}`);
  }
  assert.is(lines.length - 1, 2 * expected.length, stdout);

  const {stdout: json} = await t.crcache(['check-source', '--json']);
  const found = JSON.parse(json) as {file: string | null; line: number | null}[];
  assert.is(found.length, expected.length);
  assert.is(found.find(({file}) => file?.endsWith('/b/source.conf'))?.line, 1);
  assert.ok(found.every(({file}) => file?.startsWith(`${t.dir}/config/`)));
  const named = await t.crcache(['check-source', 'r']);
  assert.is(named.status, 2);
  assert.ok(named.stdout.includes("'r' stands on 'p1'"));
  assert.is(named.stdout.includes('hooks'), false);
});

test('prints nothing of a right configuration, and knows which sources there are', async (t) => {
  assert.is(await succeed(t, 'check-source'), '');
  configure(t, 'pool', 'type=pool', 'sources=local');
  t.write('config/sources/pool/provision.d/10-x', '#!/bin/sh\n', 0o755);
  assert.is(await succeed(t, 'check-source'), '');
  assert.is(await succeed(t, 'check-source pool local'), '');
  const {status, stderr} = await t.crcache(['check-source', 'pol']);
  assert.is(status, 10);
  assert.is(stderr, "crcache: no source 'pol'\nhint: did you mean 'pool'?\n");
});

test('a directory that is no source says why, by whichever name it is asked for', async (t) => {
  configure(t, 'inst-3', 'type=sim');
  mkdirSync(`${t.dir}/config/sources/none`);
  for (const [name, why] of [
    ['inst-3', "is not a source: its name cannot be one's"],
    ['none', 'is not a source: it has no source.conf'],
  ] as const) {
    const directory = `${t.dir}/config/sources/${name}`;
    const checked = await t.crcache(['check-source', name]);
    assert.is(checked.status, 2);
    assert.ok(checked.stdout.startsWith(`${directory}: ${why}\n  hint: `), checked.stdout);
    for (const words of [
      ['acquire', '-s', name],
      ['status', name],
    ]) {
      const {status, stderr} = await t.crcache(words);
      assert.is(status, 10);
      assert.ok(
        stderr.startsWith(`crcache: no source '${name}': '${directory}' ${why}\nhint: `),
        stderr,
      );
    }
  }
});

test('a project of another user is refused, warned of, and used where the user trusts it', async (t) => {
  if (process.getuid?.() !== 0) t.skip('only root can give files to other users');
  const ann = 12_345;
  const project = `${t.dir}/project/.crcache`;
  const proof = `${t.dir}/ran`;
  t.write(
    'project/.crcache/sources/theirs/source.conf',
    `type=command\nprovision_command=touch ${proof}\nrun_command=env\n`,
    0o644,
  );
  for (const path of ['', '/sources', '/sources/theirs', '/sources/theirs/source.conf'])
    chownSync(`${project}${path}`, ann, ann);
  // As a third user, whom the files belong to as little; root uses none of others' at all.
  const bob = 12_346;
  for (const path of [
    '',
    '/project',
    '/config',
    '/project/.crcache',
    '/project/.crcache/sources',
    '/project/.crcache/sources/theirs',
  ])
    chmodSync(`${t.dir}${path}`, 0o755);
  mkdirSync(`${t.dir}/bob`);
  chownSync(`${t.dir}/bob`, bob, bob);
  const asBob = (...words: readonly string[]): Promise<Result> => {
    const env = {...t.env, HOME: `${t.dir}/bob`, CRCACHE_DIR: `${t.dir}/bob/state`};
    return t.run(
      'setpriv',
      ['--reuid=12346', '--regid=12346', '--clear-groups', 'crcache', ...words],
      {env, cwd: `${t.dir}/project`},
    );
  };
  const asked = await asBob('acquire', '-s', 'theirs');
  assert.is(asked.status, 2, asked.stderr);
  assert.match(
    asked.stderr,
    /belongs to another user, uid 12345, and is not used\nhint: if you trust .*: trusted-directories=\/.*\/project\n$/,
  );
  const listed = await asBob('list-sources');
  assert.is(listed.status, 0);
  assert.is(listed.stdout, 'local\n');
  assert.match(listed.stderr, /uid 12345/);
  for (const name of [[], ['theirs']]) {
    const checked = await asBob('check-source', '--json', ...name);
    assert.is(checked.status, 2);
    const problems = JSON.parse(checked.stdout) as {file: string | null; message: string}[];
    assert.ok(problems.every(({file}) => file === project));
    assert.match(problems[0]?.message ?? '', /^belongs to another user, uid 12345/);
  }
  assert.is((await t.run('test', ['-e', proof])).status, 1, 'nothing of it ran');

  t.write('config/crcache.conf', `trusted-directories=${t.dir}/project\n`, 0o644);
  chmodSync(t.dir, 0o777);
  const used = await asBob('acquire', '-s', 'theirs');
  assert.is(used.stdout, 'theirs-0\n', used.stderr);
  assert.is((await t.run('test', ['-e', proof])).status, 0);
  // Root never does, listed or not.
  const root = await t.crcache(['acquire', '-s', 'theirs'], {cwd: `${t.dir}/project`});
  assert.is(root.status, 2);
  assert.match(root.stderr, /hint: root uses no configuration of other users/);
});

test('a type that is a module of another user is not loaded, by whichever command', async (t) => {
  if (process.getuid?.() !== 0) t.skip('only root can give files to other users');
  const proof = `${t.dir}/ran`;
  const module = t.write(
    'project/.crcache/sources/mine/type.cjs',
    `require('node:fs').writeFileSync('${proof}', ''); exports.type = {};\n`,
    0o644,
  );
  t.write('project/.crcache/sources/mine/source.conf', 'type=./type.cjs\n', 0o644);
  const commands = [['check-source'], ['list-sources'], ['status'], ['acquire', '-s', 'mine']];
  const refuse = async (owner: number, mode: number, reason: RegExp): Promise<void> => {
    chownSync(module, owner, owner);
    chmodSync(module, mode);
    for (const words of commands) {
      const {stdout, stderr} = await t.crcache(words, {cwd: `${t.dir}/project`});
      assert.match(`${stdout}${stderr}`, reason, words.join(' '));
      assert.not.ok(existsSync(proof), `${words.join(' ')} ran it`);
    }
  };
  await refuse(12_345, 0o644, /type\.cjs[':] belongs to another user, uid 12345, and is not used/);
  await refuse(0, 0o666, /type\.cjs[':] may be written to by other users, and is not used/);
  chmodSync(module, 0o644);
  await t.crcache(['check-source'], {cwd: `${t.dir}/project`});
  assert.ok(existsSync(proof), 'that of the user is loaded');
});
