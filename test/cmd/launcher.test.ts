// The launcher, under the shells and from the places that it may be called from.

import * as assert from 'uvu/assert';
import {chmodSync, copyFileSync, mkdirSync, symlinkSync} from 'node:fs';
import path from 'node:path';
import {findProgram} from '../helpers/programs.js';
import {repository, type Sandbox} from '../helpers/sandbox.js';
import {suite} from '../helpers/suite.js';

const test = suite('the launcher');

const launcher = path.join(repository, 'cmd/crcache');

/** Words of a command line that runs a script, and the program that it needs. */
const shells: Readonly<Record<string, readonly [string, ...string[]]>> = {
  'the shell that its first line names': ['env'],
  dash: ['dash'],
  'busybox sh': ['busybox', 'sh'],
  'bash in POSIX mode': ['bash', '--posix'],
};

for (const [name, [program, ...words]] of Object.entries(shells)) {
  test(`works under ${name}`, async (t) => {
    t.needs(program);
    const version = await t.run(program, [...words, launcher, '--version']);
    assert.equal([version.status, version.stderr], [0, '']);
    assert.match(version.stdout, /^crcache [0-9.]+\n$/);
  });

  test(`hands its words on as they are under ${name}`, async (t) => {
    t.needs(program);
    t.env['PATH'] = `${t.dir}/bin:${t.env['PATH'] ?? ''}`;
    t.write('bin/crcache-show', `#!/bin/sh\nprintf '<%s>' "$@"`, 0o755);
    const given = ['', 'a b', '*', '\n', '$HOME', '\\', "'", '-n', '--env-file=none', '--'];
    const {stdout} = await t.run(program, [...words, launcher, 'show', ...given]);
    assert.is(stdout, given.map((word) => `<${word}>`).join(''));
  });

  test(`works through symlinks under ${name}`, async (t) => {
    t.needs(program);
    const link = linkChain(t);
    const {stdout, stderr} = await t.run(program, [...words, link, '--version']);
    assert.match(stdout, /^crcache /, stderr);
  });
}

test('hands bytes that are no text on to an extension', async (t) => {
  t.env['PATH'] = `${t.dir}/bin:${t.env['PATH'] ?? ''}`;
  t.write('bin/crcache-show', `#!/bin/sh\nprintf '<%s>' "$@" | od -An -c`, 0o755);
  const {stdout} = await t.run('sh', ['-c', `${launcher} show "$(printf "a\\377'b")" ''`]);
  assert.is(stdout.replaceAll(/\s+/g, ' '), " < a 377 ' b > < > ");
});

test('is clean under shellcheck, as the script of CI is', async (t) => {
  t.needs('shellcheck');
  const beside = ['cmd/rsh.sh', 'cmd/crcache-gitlab', '.ci/run'];
  const scripts = [launcher, ...beside.map((file) => path.join(repository, file))];
  const {status, stdout} = await t.run('shellcheck', ['-x', ...scripts], {cwd: repository});
  assert.is(status, 0, stdout);
});

/** A place that it is called from: as which program, and in which directory. */
const places: Readonly<Record<string, (t: Sandbox) => {program: string; cwd?: string}>> = {
  'a chain of relative and absolute symlinks': (t) => ({program: linkChain(t)}),
  'a path with blanks and newlines': (t) => ({
    program: `${plant(t, ' a b\n\nc\n/-n')}/cmd/crcache`,
  }),
  'a link to a path with blanks and newlines': (t) => {
    symlinkSync(`${plant(t, ' a b\n\nc\n/-n')}/cmd/crcache`, `${t.dir}/link\n`);
    return {program: `${t.dir}/link\n`};
  },
  'its own directory': (t) => ({program: './crcache', cwd: `${plant(t, 'program')}/cmd`}),
  'the directory above': (t) => ({program: 'cmd/crcache', cwd: plant(t, 'program')}),
  'a directory below': (t) => {
    mkdirSync(`${plant(t, 'program')}/cmd/below`);
    return {program: '../crcache', cwd: `${t.dir}/program/cmd/below`};
  },
  'a link to its directory': (t) => {
    symlinkSync(`${plant(t, 'program')}/cmd`, `${t.dir}/commands`);
    return {program: `${t.dir}/commands/crcache`};
  },
  'a link to the directory above': (t) => {
    symlinkSync(plant(t, 'program'), `${t.dir}/link`);
    return {program: `${t.dir}/link/cmd/crcache`};
  },
  'a way up from a link': (t) => {
    symlinkSync(`${plant(t, 'program')}/dist`, `${t.dir}/link`);
    return {program: `${t.dir}/link/../cmd/crcache`};
  },
};

for (const [name, makePlace] of Object.entries(places)) {
  test(`works from ${name}`, async (t) => {
    const {program, cwd = t.dir} = makePlace(t);
    const {status, stdout, stderr} = await t.run(program, ['--version'], {cwd});
    assert.equal([status, stderr], [0, '']);
    assert.match(stdout, /^crcache /);
  });
}

test('works when it is found on the PATH, in whichever way that is written', async (t) => {
  const program = plant(t, 'program');
  for (const searchPath of [`${program}/cmd`, '', '.', '../cmd', `${program}/cmd/`]) {
    const env = {...t.env, PATH: `${searchPath}:${t.env['PATH'] ?? ''}`};
    for (const shell of ['sh', 'bash']) {
      const words = ['-c', 'crcache --version'];
      const {stdout, stderr} = await t.run(shell, words, {env, cwd: `${program}/cmd`});
      assert.match(stdout, /^crcache /, stderr);
    }
  }
});

test('works when a shell is told its bare name', async (t) => {
  const {stdout} = await t.run('sh', ['crcache', '--version'], {cwd: `${plant(t, 'program')}/cmd`});
  assert.match(stdout, /^crcache /);
});

test('a program that is not built says so in one line', async (t) => {
  const root = plant(t, 'a b', {isBuilt: false});
  symlinkSync(`${root}/cmd/crcache`, `${t.dir}/link`);
  for (const program of [`${root}/cmd/crcache`, `${t.dir}/link`]) {
    const {status, stdout, stderr} = await t.run(program, ['--version']);
    assert.equal([status, stdout], [125, '']);
    assert.is(stderr, `crcache: not built: run 'npm run build' in ${root}\n`);
  }
});

test('a missing node is one line', async (t) => {
  const env = {...t.env, PATH: `${t.dir}/bin`};
  const {status, stdout, stderr} = await t.crcache(['--version'], {env});
  assert.equal([status, stdout], [125, '']);
  assert.is(stderr, 'crcache: node is not on the PATH: install Node.js 20.19 or later\n');
});

test('a loop of symlinks ends, with a failure', async (t) => {
  symlinkSync('b', `${t.dir}/a`);
  symlinkSync('a', `${t.dir}/b`);
  const {status, stderr} = await t.run('sh', [`${t.dir}/a`, '--version']);
  assert.ok(status !== 0 && stderr !== '');
});

test('gives its place to node', async (t) => {
  t.write('bin/node', `#!/bin/sh\necho "$$"`, 0o755);
  t.env['PATH'] = `${t.dir}/bin`;
  const sh = findProgram('sh') ?? '';
  const {stdout} = await t.run(sh, ['-c', `echo "$$"; exec '${launcher}'`]);
  const [pid, node] = stdout.split('\n');
  assert.is(node, pid);
});

/** A copy of the launcher in a program of its own. */
function plant(t: Sandbox, name: string, {isBuilt = true} = {}): string {
  const root = path.join(t.dir, name);
  mkdirSync(path.join(root, 'cmd'), {recursive: true});
  copyFileSync(launcher, path.join(root, 'cmd/crcache'));
  chmodSync(path.join(root, 'cmd/crcache'), 0o755);
  if (isBuilt) symlinkSync(path.join(repository, 'dist'), path.join(root, 'dist'));
  return root;
}

/** The first of several symlinks, relative and absolute ones, that lead to the launcher. */
function linkChain(t: Sandbox): string {
  mkdirSync(path.join(t.dir, 'links/below'), {recursive: true});
  symlinkSync(launcher, `${t.dir}/links/last`);
  symlinkSync('../last', `${t.dir}/links/below/relative`);
  symlinkSync(`${t.dir}/links/below/relative`, `${t.dir}/links/absolute`);
  symlinkSync('links/absolute', `${t.dir}/first`);
  return `${t.dir}/first`;
}
