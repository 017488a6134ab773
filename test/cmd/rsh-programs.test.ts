// rsh: the programs that call ssh, with crcache in its place.

import * as assert from 'uvu/assert';
import {existsSync, mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {useInstances, usedInstances} from '../helpers/in-use.js';
import {repository, type Sandbox} from '../helpers/sandbox.js';
import {suite} from '../helpers/suite.js';

const test = suite('rsh in the place of ssh');

/** Runs a program that must succeed; the value is what it prints. */
async function run(t: Sandbox, program: string, ...words: readonly string[]): Promise<string> {
  const {status, stdout, stderr} = await t.run(program, words);
  assert.is(status, 0, `${program} ${words.join(' ')}: ${stderr}`);
  return stdout;
}

/** A program that takes words as ssh does, for those that take no words with it. */
function sshProgram(t: Sandbox): string {
  return t.write('ssh', '#!/bin/sh\nexec crcache rsh "$@"\n', 0o755);
}

/** Prints all that a tree has: names, kinds, modes, targets, times, contents. */
const listing =
  "find . -mindepth 1 -printf '%P|%y|%m|%l|%T@\\n' | sort && find . -type f -exec sha256sum {} + | sort";

function makeTree(t: Sandbox, directory: string): void {
  const names = ['a b', "it's", '-n', '*', 'x\ny', '$HOME', '\\', 'ü', '.hidden', 'below/file'];
  mkdirSync(`${t.dir}/${directory}/below/empty`, {recursive: true});
  for (const [index, name] of names.entries()) {
    writeFileSync(`${t.dir}/${directory}/${name}`, t.random.below(2 ** 30).toString(), {
      mode: index % 2 === 0 ? 0o600 : 0o755,
    });
  }
  writeFileSync(
    `${t.dir}/${directory}/bytes`,
    Buffer.from(Array.from({length: 300_000}, () => t.random.below(256))),
  );
  symlinkSync('below/file', `${t.dir}/${directory}/link`);
  symlinkSync('/nowhere at all', `${t.dir}/${directory}/dangling`);
}

for (const name of usedInstances) {
  test(`rsync copies a tree to ${name} and back`, async (t) => {
    t.needs('rsync');
    await useInstances(t);
    makeTree(t, 'tree');
    // rsync takes times within one second for equal.
    await run(
      t,
      'find',
      'tree',
      '-exec',
      'touch',
      '-h',
      '-d',
      '2001-02-03 04:05:06.789',
      '{}',
      '+',
    );
    const words = ['-a', '-e', 'crcache rsh'];
    await run(t, 'rsync', ...words, 'tree/', `${name}:tree-there/`);
    await run(t, 'rsync', ...words, `${name}:tree-there/`, 'tree-back/');
    const expected = await run(t, 'sh', '-c', `cd tree && ${listing}`);
    assert.is(await run(t, 'crcache', 'rsh', name, `cd tree-there && ${listing}`), expected);
    assert.is(await run(t, 'sh', '-c', `cd tree-back && ${listing}`), expected);
  });

  for (const variant of ['auto', 'ssh']) {
    test(`git pushes to ${name} and clones from it, as variant '${variant}'`, async (t) => {
      t.needs('git');
      await useInstances(t);
      Object.assign(t.env, {
        GIT_SSH_COMMAND: 'crcache rsh',
        GIT_SSH_VARIANT: variant,
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_AUTHOR_NAME: 'a',
        GIT_AUTHOR_EMAIL: 'a@example.org',
        GIT_COMMITTER_NAME: 'a',
        GIT_COMMITTER_EMAIL: 'a@example.org',
        GIT_TRACE_PACKET: `${t.dir}/packets`,
      });
      await run(t, 'crcache', 'rsh', name, "git init -q --bare 'a repo'");
      await run(t, 'git', 'init', '-q', 'here');
      await run(t, 'git', '-C', 'here', 'commit', '-q', '--allow-empty', '-m', 'first');
      await run(t, 'git', '-C', 'here', 'push', '-q', `${name}:a repo`, 'HEAD:refs/heads/master');
      await run(t, 'git', '-c', 'protocol.version=2', 'clone', '-q', `${name}:a repo`, 'back');
      const [here, back] = await Promise.all(
        ['here', 'back'].map((clone) => run(t, 'git', '-C', clone, 'rev-parse', 'HEAD')),
      );
      assert.is(back, here);
      assert.match(await run(t, 'cat', 'packets'), /clone< version 2/);
    });
  }

  test(`sftp puts files into ${name} and gets them`, async (t) => {
    t.needs('sftp', '/usr/lib/openssh/sftp-server');
    await useInstances(t);
    t.write('a file', 'text\n');
    t.write('batch', 'put "a file" there\nget there back\n');
    await run(t, 'sftp', '-q', '-S', sshProgram(t), '-b', 'batch', name);
    assert.is(await run(t, 'cat', 'back'), 'text\n');
    assert.is(await run(t, 'crcache', 'rsh', name, 'cat there'), 'text\n');
  });

  for (const protocol of ['-s', '-O']) {
    test(`scp ${protocol} copies to ${name} and back`, async (t) => {
      t.needs('scp', '/usr/lib/openssh/sftp-server');
      await useInstances(t);
      makeTree(t, 'tree');
      const words = [protocol, '-q', '-S', sshProgram(t)];
      await run(t, 'scp', ...words, 'tree/bytes', `${name}:bytes-there`);
      await run(t, 'scp', ...words, `${name}:bytes-there`, 'back');
      await run(t, 'cmp', 'tree/bytes', 'back');
    });
  }
}

test('sftp fails where there is no sftp-server, and it is said why', async (t) => {
  t.needs('sftp');
  await useInstances(t);
  const pathsElsewhere = `. "$0"; printf %s "$rsh_sftp" | sed 's,/usr,/nowhere,g'`;
  const line = await run(
    t,
    'sh',
    '-c',
    pathsElsewhere,
    `${repository}/cmd/rsh.sh`,
    '-s',
    'x',
    'sftp',
  );
  const ssh = t.write('ssh', '#!/bin/sh\nexec crcache rsh pool-0 "$LINE"\n', 0o755);
  const env = {...t.env, LINE: line};
  const {status, stderr} = await t.run('sftp', ['-S', ssh, 'pool-0'], {env});
  assert.is(status, 255);
  assert.match(stderr, /no sftp-server in 'pool-0'/);
});

test('GNU parallel shares its jobs out over instances', async (t) => {
  t.needs('parallel');
  await useInstances(t);
  const jobs = Array.from({length: 20}, (_, index) => String(index));
  const line = 'echo {} "$CRCACHE_INSTANCE"';
  const options = ['--will-cite', '--ssh', 'crcache rsh', '-S', '2/sim-0,2/pool-0'];
  const lines = (await run(t, 'parallel', ...options, line, ':::', ...jobs)).trim().split('\n');
  const done = lines.map((each) => each.split(' '));
  assert.equal(
    done.map(([job]) => Number(job)).sort((a, b) => a - b),
    jobs.map(Number),
  );
  assert.equal([...new Set(done.map(([, instance]) => instance))].sort(), ['pool-0', 'sim-0']);
});

for (const method of ['piped', 'sftp']) {
  test(`Ansible runs modules in instances, with ${method}`, async (t) => {
    t.needs('ansible', 'python3');
    await useInstances(t);
    Object.assign(t.env, {
      ANSIBLE_SSH_EXECUTABLE: sshProgram(t),
      ANSIBLE_SSH_TRANSFER_METHOD: method,
      ANSIBLE_PIPELINING: method === 'piped' ? '1' : '0',
      ANSIBLE_SFTP_EXTRA_ARGS: `-S ${sshProgram(t)}`,
      ANSIBLE_PYTHON_INTERPRETER: '/usr/bin/python3',
      ANSIBLE_NOCOLOR: '1',
    });
    const words = ['all', '-i', 'sim-0,pool-0,', '-o', '-m', 'command', '-a'];
    const stdout = await run(t, 'ansible', ...words, 'printenv CRCACHE_INSTANCE');
    assert.equal(stdout.trim().split('\n').sort(), [
      'pool-0 | CHANGED | rc=0 | (stdout) pool-0',
      'sim-0 | CHANGED | rc=0 | (stdout) sim-0',
    ]);
  });
}

test('sshfs shows the files of an instance', async (t) => {
  t.needs('sshfs', 'fusermount3', '/usr/lib/openssh/sftp-server');
  if (!existsSync('/dev/fuse')) t.skip('needs FUSE');
  await useInstances(t);
  await run(t, 'crcache', 'rsh', 'sim-0', 'mkdir tree; echo there >tree/file');
  mkdirSync(`${t.dir}/mounted`);
  const options = ['-o', `ssh_command=${sshProgram(t)}`];
  const mounted = await t.run('sshfs', [...options, 'sim-0:tree', 'mounted']);
  if (/permission denied|not permitted/i.test(mounted.stderr))
    t.skip('nothing can be mounted here');
  assert.is(mounted.status, 0, mounted.stderr);
  t.atEnd(() => t.run('fusermount3', ['-u', '-z', 'mounted']));
  assert.is(await run(t, 'cat', 'mounted/file'), 'there\n');
  t.write('mounted/other', 'here\n');
  assert.is(await run(t, 'crcache', 'rsh', 'sim-0', 'cat tree/other'), 'here\n');
  await run(t, 'fusermount3', '-u', 'mounted');
});

test('pdsh runs a command line in each instance', async (t) => {
  t.needs('pdsh');
  await useInstances(t);
  const words = ['-R', 'exec', '-w', 'sim-0,pool-0', 'crcache', 'rsh', '%h'];
  const stdout = await run(t, 'pdsh', ...words, 'echo "$CRCACHE_INSTANCE"');
  assert.equal(stdout.trim().split('\n').sort(), ['pool-0: pool-0', 'sim-0: sim-0']);
});
