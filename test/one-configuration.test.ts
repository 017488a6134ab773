// One configuration of a project on whatever machines its user has: which ones is one line of that user's.

import * as assert from 'uvu/assert';
import {readFileSync} from 'node:fs';
import {discardAtEnd, succeed} from './helpers/configured.js';
import {startDocker} from './helpers/engines.js';
import {addProgram, fingerprint, makeGolden} from './helpers/golden.js';
import type {Sandbox} from './helpers/sandbox.js';
import {startSlurm} from './helpers/slurm-cluster.js';
import {startSshHosts} from './helpers/ssh-hosts.js';
import {suite} from './helpers/suite.js';

const test = suite('one configuration');

/** A project whose `build` has its tree, whatever the user's `machine` is. */
function writeProject(t: Sandbox): string {
  t.write('project/Makefile', 'test: built\n\t@cmp -s built "a b"\nbuilt:\n\t@cp "a b" built\n');
  t.write('project/a b', 'read\n');
  const build = 'project/.crcache/sources/build';
  t.write(`${build}/source.conf`, '[DEFAULT]\ntype=pool\nsources=machine\n');
  const sync = 'exec crcache sync --delete --exclude .crcache "$CRCACHE_PWD" "$1:tree"';
  t.write(`${build}/allocate.d/10-tree`, `#!/bin/sh\n${sync}\n`, 0o755);
  const remove = 'exec crcache run "$1" rm -rf tree';
  t.write(`${build}/release.d/90-tree`, `#!/bin/sh\n${remove}\n`, 0o755);
  return `${t.dir}/project`;
}

/** Makes the machines of a user, each a source; the value is the lines of each, by its name. */
async function prepareMachines(t: Sandbox): Promise<Readonly<Record<string, string[]>>> {
  const golden = `${t.dir}/golden`;
  makeGolden(t, golden);
  addProgram(golden, 'make');
  const {addresses, lines} = await startSshHosts(t, 1);
  await Promise.all([startDocker(t), startSlurm(t, 1)]);
  const imported = await t.run('sh', ['-c', 'tar -C golden -c . | docker import - made']);
  assert.is(imported.status, 0, imported.stderr);
  for (const place of ['here', 'node']) t.write(`${place}/.keep`, '');
  return {
    here: ['type=local', `cwd=${t.dir}/here`],
    trees: ['type=chroot', `root=${golden}`],
    boxes: ['type=container', 'engine=docker', 'image=made', 'args=--network none'],
    hosts: ['type=ssh', `ssh_host=root@${String(addresses[0])}`, ...lines],
    nodes: ['type=slurm', `cwd=${t.dir}/node`],
  };
}

test('runs unchanged on five types of machines', {timeLimitMs: 150_000}, async (t) => {
  t.needs('make');
  const project = writeProject(t);
  const machines = await prepareMachines(t);
  discardAtEnd(t);
  for (const [name, lines] of Object.entries(machines)) {
    t.write(`config/sources/${name}/source.conf`, ['[DEFAULT]', ...lines, ''].join('\n'));
  }
  const before = fingerprint(`${t.dir}/golden`);
  for (const name of Object.keys(machines)) {
    t.write('config/sources/machine/source.conf', `[DEFAULT]\ntype=pool\nsources=${name}\n`);
    t.write('project/a b', `${name}\n`);
    const at = {cwd: project};
    const made = await t.crcache(['with', 'build', '--', 'make', '-C', 'tree', 'test'], at);
    assert.is(made.status, 0, `${name}: ${made.stderr}`);

    // By hand, where it was in use just before: what was built is not there any more.
    assert.is((await t.crcache(['acquire', '-s', 'build'], at)).stdout, 'build-0\n', name);
    const below = readFileSync(
      `${t.dir}/state/sources/machine/instances/machine-0/backing`,
      'utf8',
    );
    assert.is(below, `${name}-0\n`);
    // What fails there fails here.
    const spoil = 'ls -A; echo other >built; exec make -s test';
    const words = ['run', 'build', '-C', 'tree', 'sh', '-c', spoil];
    const {status, stdout, stderr} = await t.crcache(words, at);
    assert.equal([status, stdout], [2, 'Makefile\na b\n'], `${name}: ${stderr}`);
    assert.match(stderr, 'make: *** [Makefile:2: test] Error 1');
    await succeed(t, 'release build-0');
  }
  assert.is(fingerprint(`${t.dir}/golden`), before, 'the golden tree is as it was');
});
